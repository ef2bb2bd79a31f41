using System.Text;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>One file that exists in memory, can be written and removed, and tells whoever watches it at once.</summary>
internal sealed class FileDouble : IFileProvider, IFileInfo, IDisposable
{
    private CancellationTokenSource changed = new();
    private byte[]? content;

    public bool Exists => content is not null;

    public bool IsDirectory => false;

    public DateTimeOffset LastModified => default;

    public long Length => content?.Length ?? -1;

    public string Name => "appsettings.json";

    public string? PhysicalPath => null;

    /// <summary>Writes the file, null removing it.</summary>
    public void Write(string? text)
    {
        content = text is null ? null : Encoding.UTF8.GetBytes(text);
        var before = Interlocked.Exchange(ref changed, new CancellationTokenSource());
        try
        {
            before.Cancel();
        }
        catch (AggregateException)
        {
            // The framework throws what it cannot read where the file was watched.
        }
    }

    public void Dispose() => changed.Dispose();

    public Stream CreateReadStream() => new MemoryStream(content!);

    public IFileInfo GetFileInfo(string subpath) => this;

    public IChangeToken Watch(string filter) => new CancellationChangeToken(changed.Token);

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;
}
