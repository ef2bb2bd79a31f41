using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host.Streams;

/// <summary>One of the descriptors that a Unix program is started with, read and written as it is.</summary>
/// <remarks>The framework's console streams say nothing when nobody reads the output any more: a filter would then run for ever.</remarks>
internal sealed partial class DescriptorStream(int descriptor) : Stream
{
    private const int Interrupted = 4;
    private const int BrokenPipe = 32;
    private const short Readable = 1;
    private const short Writable = 4;

    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var read = ReadDescriptor(descriptor, start, buffer.Length);
                if (read >= 0)
                {
                    return (int)read;
                }

                WaitOrThrow(Marshal.GetLastPInvokeError(), Readable);
            }
        }
    }

    /// <summary>Reads on another thread: the wait for it can be cancelled, reading itself cannot.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Task.Run(() => Read(buffer.Span), CancellationToken.None).WaitAsync(cancellationToken));

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="OutputClosedException">Nobody reads it any more.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (nint written = 0; written < buffer.Length;)
            {
                var more = WriteDescriptor(descriptor, start + written, buffer.Length - written);
                if (more >= 0)
                {
                    written += more;
                }
                else
                {
                    WaitOrThrow(Marshal.GetLastPInvokeError(), Writable);
                }
            }
        }
    }

    /// <summary>Writes on another thread: the wait for it can be cancelled, writing itself cannot.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Task.Run(() => Write(buffer.Span), CancellationToken.None).WaitAsync(cancellationToken));

    /// <summary>Nothing is kept back.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    // Whoever shares the descriptor may have made it non-blocking.
    private unsafe void WaitOrThrow(int error, short readiness)
    {
        if (error == TryAgain)
        {
            var poll = new PollDescriptor { Descriptor = descriptor, Wanted = readiness };
            _ = Poll(&poll, 1, -1);
        }
        else if (error != Interrupted)
        {
            var message = Marshal.GetPInvokeErrorMessage(error);
            throw error == BrokenPipe ? new OutputClosedException(message)
                : new IOException(readiness == Readable ? $"Standard input cannot be read: {message}." : $"Standard output cannot be written: {message}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint ReadDescriptor(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteDescriptor(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static unsafe partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }
}
