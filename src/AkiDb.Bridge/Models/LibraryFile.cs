namespace AkiDb.Bridge.Models;

/// <summary>A file of a folder that the library reads.</summary>
/// <param name="Name">Its path in the folder, with slashes.</param>
/// <param name="Path">The file, absolute, symbolic links resolved.</param>
/// <param name="Sha256">The SHA-256 of its bytes, lower-case hex; null for tensors, which are hashed later.</param>
internal sealed record LibraryFile(string Name, string Path, string? Sha256)
{
    /// <summary>Its bytes, until they have been written to the copy of the folder; null for tensors, which are too large to be kept here.</summary>
    public byte[]? Content { get; set; }
}
