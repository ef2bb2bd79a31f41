using System.ComponentModel;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Processes;

/// <summary>The reading end of a pipe on Unix: a thread waits at it until there are bytes, or until this is disposed.</summary>
/// <remarks>
/// The runtime's own pipe streams change threads twice for a read (the one that polls for all, then one of the pool), which costs some
/// 50 microseconds; or they block in a way that only the pipe's other end can end.
/// </remarks>
internal sealed partial class PipeReadEnd : Stream
{
    private const short PollIn = 1;
    private const int Interrupted = 4;

    private readonly Lock reading = new();
    private readonly PipeStream pipe;

    // Closing its writing end wakes the thread that waits.
    private readonly AnonymousPipeServerStream closing = new(PipeDirection.Out);
    private readonly SafePipeHandle closed;

    private PipeReadEnd(PipeStream pipe) => (this.pipe, closed) = (pipe, closing.ClientSafePipeHandle);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A process's stdout as something that a thread may wait at; it owns the pipe from now on.</summary>
    /// <remarks>On Windows it is the pipe itself: there, only the process's end ends the wait.</remarks>
    public static Stream Of(Stream pipe) => OperatingSystem.IsWindows() ? pipe : new PipeReadEnd((PipeStream)pipe);

    /// <summary>Waits for bytes.</summary>
    /// <returns>How many there are; 0 when no process has the writing end any more.</returns>
    /// <exception cref="ObjectDisposedException">This was disposed, before or meanwhile.</exception>
    public override int Read(Span<byte> buffer)
    {
        lock (reading)
        {
            Wait();
            nint read;
            do
            {
                read = ReadNow(pipe.SafePipeHandle, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            }
            while (read < 0 && Marshal.GetLastPInvokeError() == Interrupted);

            return read >= 0 ? (int)read : throw Failure();
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Ends the wait of who reads, and closes the pipe.</summary>
    protected override void Dispose(bool disposing)
    {
        closing.Dispose();
        lock (reading)
        {
            closed.Dispose();
            pipe.Dispose();
        }

        base.Dispose(disposing);
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<Waited> waited, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadNow(SafePipeHandle pipe, ref byte buffer, nuint length);

    private static IOException Failure() => new(new Win32Exception(Marshal.GetLastPInvokeError()).Message);

    private void Wait()
    {
        ObjectDisposedException.ThrowIf(closed.IsClosed, this);
        Span<Waited> waited = [new(pipe.SafePipeHandle), new(closed)];
        while (Poll(waited, (nuint)waited.Length, -1) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw Failure();
            }
        }

        ObjectDisposedException.ThrowIf(waited[1].IsReady, this);
    }

    /// <summary>What the system calls <c>pollfd</c>.</summary>
    private readonly struct Waited(SafePipeHandle pipe)
    {
        private readonly int descriptor = (int)pipe.DangerousGetHandle();
        private readonly short events = PollIn;
        private readonly short happened;

        public bool IsReady => happened != 0;
    }
}
