using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Pickles;

/// <summary>A file of PyTorch's, of which only the parts are read that a table of tensors has. Nothing in it is ever run.</summary>
internal sealed class PickleFile : IDisposable
{
    private const int LongestShown = 100;

    private readonly SafeFileHandle file;

    /// <param name="path">The file.</param>
    /// <exception cref="BridgeException">It cannot be read, or is no regular file.</exception>
    public PickleFile(string path)
    {
        Path = path;
        try
        {
            file = RegularFile.Open(path);
            Length = RandomAccess.GetLength(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw BadModel.In(path, $"cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>A name from such a file, short enough for a message, without control characters.</summary>
    public static string Shown(string name) => ForeignText.Shorten(name, LongestShown);

    /// <summary>Some bytes, all of which must be there.</summary>
    public byte[] Read(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw Refuse("it is cut off");
        }

        var bytes = new byte[length];
        Read(bytes, offset);
        return bytes;
    }

    /// <summary>Fills a buffer.</summary>
    public void Read(Span<byte> bytes, long offset)
    {
        if (RegularFile.ReadUpTo(file, bytes, offset) < bytes.Length)
        {
            throw Refuse("it is cut off");
        }
    }

    /// <summary>The error of a file that is not what it should be.</summary>
    public BridgeException Refuse(string why) => BadModel.In(Path, $"cannot be converted: {why}.");

    public void Dispose() => file.Dispose();
}
