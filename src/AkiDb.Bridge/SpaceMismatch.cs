namespace AkiDb.Bridge;

/// <summary>Two embedding spaces that are not the same, as <see cref="EmbeddingSpace.ToString"/> writes them.</summary>
/// <param name="Demanded">The one that the caller's index was built in; shortened where it is longer than any space.</param>
/// <param name="Served">The one that the request would be answered in.</param>
public sealed record SpaceMismatch(string Demanded, string Served);
