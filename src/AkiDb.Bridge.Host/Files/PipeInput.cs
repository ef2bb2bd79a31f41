namespace AkiDb.Bridge.Host.Files;

/// <summary>A pipe or a terminal as an input: the wait for what may never come can be given up, reading itself cannot.</summary>
/// <param name="pipe">What it reads. It is not disposed of.</param>
internal sealed class PipeInput(Stream pipe) : Stream
{
    private Task<int> reading = Task.FromResult(0);

    /// <summary>Whether a read goes on that nobody waits for any more: until the process ends it holds on to the pipe.</summary>
    public bool IsReading => !reading.IsCompleted;

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

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        reading = pipe.ReadAsync(buffer, CancellationToken.None).AsTask();
        return new ValueTask<int>(reading.WaitAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => pipe.Read(buffer, offset, count);

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
}
