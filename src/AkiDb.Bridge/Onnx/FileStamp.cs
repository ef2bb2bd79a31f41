namespace AkiDb.Bridge.Onnx;

/// <summary>What differs when a file was changed, or when another one took its place.</summary>
/// <param name="File">The file.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Written">When it was last written to.</param>
internal readonly record struct FileStamp(string File, long Length, DateTime Created, DateTime Written)
{
    public static FileStamp[] Of(IEnumerable<string> files) => [.. files.Select(file => Of(new FileInfo(file)))];

    private static FileStamp Of(FileInfo file) =>
        file.Exists ? new(file.FullName, file.Length, file.CreationTimeUtc, file.LastWriteTimeUtc) : new(file.FullName, 0, default, default);
}
