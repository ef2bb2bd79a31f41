using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AkiDb.Bridge.Host.Streams;
using ZstdSharp;

namespace AkiDb.Bridge.Host.Files;

/// <summary>One input, opened: decompressed, and its text as UTF-8 whatever its byte order mark says. Its first bytes say both, not its name.</summary>
internal sealed class InputStream : IAsyncDisposable
{
    private const int LongestMark = 4;

    private static readonly byte[] Gzip = [0x1f, 0x8b];
    private static readonly byte[] Zstandard = [0x28, 0xb5, 0x2f, 0xfd];
    private static readonly byte[] ParquetMark = "PAR1"u8.ToArray();

    // The mark of UTF-32 begins with that of UTF-16.
    private static readonly Encoding[] Encodings =
    [
        new UTF32Encoding(bigEndian: false, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UTF32Encoding(bigEndian: true, byteOrderMark: true, throwOnInvalidCharacters: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    private readonly List<Stream> opened = [];
    private readonly List<PipeInput> pipes = [];

    /// <summary>The file as it lies there; the number of its bytes that were read.</summary>
    public required Stream File { get; init; }

    /// <summary>What it holds.</summary>
    public Stream Content { get; private set; } = Stream.Null;

    /// <summary>Whether it begins as a Parquet file does.</summary>
    public bool IsParquet { get; private set; }

    /// <summary>Opens a file, or standard input where the name is a hyphen.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static async Task<InputStream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        // Whoever opens a pipe waits until somebody writes into it.
        var file = path == InputFiles.StandardInput
            ? StandardDescriptor.OpenInput()
            : await Task.Run(() => new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous, Share = FileShare.ReadWrite }), CancellationToken.None)
                .WaitAsync(cancellationToken);
        var input = new InputStream { File = file };
        input.opened.Add(file);
        try
        {
            await input.OpenContentAsync(path, cancellationToken);
            return input;
        }
        catch
        {
            await input.DisposeAsync();
            throw;
        }
    }

    /// <summary>The content in a form that can be sought in: a copy in a temporary file, unless it is one already.</summary>
    public async Task<Stream> SeekableAsync(CancellationToken cancellationToken)
    {
        if (File.CanSeek && opened.Count == 1)
        {
            File.Position = 0;
            return File;
        }

        var copy = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        try
        {
            await Content.CopyToAsync(copy, cancellationToken);
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }

        opened.Add(copy);
        copy.Position = 0;
        return copy;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Whoever closes a pipe waits for what reads it.
        if (pipes.Exists(pipe => pipe.IsReading))
        {
            return;
        }

        for (var i = opened.Count - 1; i >= 0; i--)
        {
            await opened[i].DisposeAsync();
        }
    }

    private async Task OpenContentAsync(string path, CancellationToken cancellationToken)
    {
        Content = File;
        LetWaitsEnd();
        var mark = await PeekAsync(cancellationToken);
        if (mark.AsSpan().StartsWith(Gzip))
        {
            Open(new GzipMembers(Content));
            LetWaitsEnd();
            mark = await PeekAsync(cancellationToken);
        }
        else if (mark.AsSpan().StartsWith(Zstandard) || mark is [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18])
        {
            // Or a frame to be skipped, as programs write that compress on all cores.
            Open(new DecompressionStream(Content));
            LetWaitsEnd();
            mark = await PeekAsync(cancellationToken);
        }
        else if (mark.Length is > 0 and < LongestMark && FormatNames.SaysCompressed(path))
        {
            // Not even the bytes are whole by which it would be known. Where there are none at all, nothing was compressed: some programs write that so.
            throw new EndOfStreamException();
        }

        IsParquet = mark.AsSpan().SequenceEqual(ParquetMark);
        if (Encodings.FirstOrDefault(encoding => mark.AsSpan().StartsWith(encoding.Preamble)) is { } encoding)
        {
            await SkipAsync(encoding.Preamble.Length, cancellationToken);
            Open(Encoding.CreateTranscodingStream(Content, encoding, Encoding.UTF8));
            LetWaitsEnd();
        }
        else if (mark.AsSpan().StartsWith(Encoding.UTF8.Preamble))
        {
            await SkipAsync(Encoding.UTF8.Preamble.Length, cancellationToken);
        }
    }

    private void LetWaitsEnd()
    {
        if (!File.CanSeek)
        {
            pipes.Add(new PipeInput(Content));
            Content = pipes[^1];
        }
    }

    private void Open(Stream stream)
    {
        opened.Add(stream);
        Content = stream;
    }

    // Looks at the first bytes without taking them.
    private async Task<byte[]> PeekAsync(CancellationToken cancellationToken)
    {
        if (Content.CanSeek)
        {
            var start = new byte[LongestMark];
            var read = await Content.ReadAtLeastAsync(start, LongestMark, throwOnEndOfStream: false, cancellationToken);
            Content.Position = 0;
            return start[..read];
        }

        var reader = PipeReader.Create(Content, new StreamPipeReaderOptions(leaveOpen: true));
        var result = await reader.ReadAtLeastAsync(LongestMark, cancellationToken);
        var mark = result.Buffer.Slice(0, Math.Min(LongestMark, result.Buffer.Length)).ToArray();
        reader.AdvanceTo(result.Buffer.Start);
        Content = reader.AsStream();
        return mark;
    }

    private async Task SkipAsync(int bytes, CancellationToken cancellationToken) => await Content.ReadExactlyAsync(new byte[bytes], cancellationToken);
}
