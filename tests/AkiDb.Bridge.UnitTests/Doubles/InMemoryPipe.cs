using System.IO.Pipelines;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>One direction of a process's standard streams: bounded, and broken for the writer once its reader is gone.</summary>
internal sealed class InMemoryPipe
{
    private readonly Pipe pipe;

    public InMemoryPipe(int capacity = 64 * 1024)
    {
        pipe = new Pipe(new PipeOptions(pauseWriterThreshold: capacity, resumeWriterThreshold: capacity / 2, useSynchronizationContext: false));
        Write = new WriteEnd(pipe.Writer);
        Read = new ReadEnd(pipe.Reader);
    }

    public Stream Write { get; }

    public Stream Read { get; }

    private sealed class ReadEnd(PipeReader reader) : Stream
    {
        private readonly Stream stream = reader.AsStream();
        private readonly CancellationTokenSource closed = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            ObjectDisposedException.ThrowIf(closed.IsCancellationRequested, this);
            try
            {
                return stream.ReadAsync(buffer.AsMemory(offset, count), closed.Token).AsTask().GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                throw new ObjectDisposedException(nameof(ReadEnd));
            }
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => stream.ReadAsync(buffer, cancellationToken);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            closed.Cancel();
            stream.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class WriteEnd(PipeWriter writer) : Stream
    {
        private bool closed;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            var flushed = await writer.WriteAsync(buffer, cancellationToken);
            if (flushed.IsCompleted)
            {
                throw new IOException("Broken pipe");
            }
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (!closed)
            {
                closed = true;
                writer.Complete();
            }

            base.Dispose(disposing);
        }
    }
}
