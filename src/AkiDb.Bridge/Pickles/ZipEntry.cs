namespace AkiDb.Bridge.Pickles;

/// <summary>One stored file of a zip archive.</summary>
/// <param name="Offset">The first of its bytes, counted from the start of the archive.</param>
/// <param name="Length">Its bytes.</param>
internal readonly record struct ZipEntry(long Offset, long Length);
