using System.IO.MemoryMappedFiles;

namespace AkiDb.Bridge.Models;

/// <summary>The sealed bytes of one file, mapped for reading.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;

    /// <exception cref="BridgeException">The file was changed since it was opened, or there is no room for a copy.</exception>
    public MappedFile(SealedFile file)
    {
        map = MemoryMappedFile.CreateFromFile(file.Seal(), FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Length = file.Length;
    }

    public long Length { get; }

    public nint Start => (nint)start;

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        map.Dispose();
    }
}
