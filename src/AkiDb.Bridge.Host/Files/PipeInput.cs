namespace AkiDb.Bridge.Host.Files;

/// <summary>A pipe or a terminal as an input: the wait for what may never come can be given up, reading itself cannot.</summary>
/// <param name="pipe">What it reads. It is not disposed of.</param>
internal sealed class PipeInput(Stream pipe) : ReadOnlyStream
{
    private Task<int> reading = Task.FromResult(0);

    /// <summary>Whether a read goes on that nobody waits for any more: until the process ends it holds on to the pipe.</summary>
    public bool IsReading => !reading.IsCompleted;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        reading = pipe.ReadAsync(buffer, CancellationToken.None).AsTask();
        return new ValueTask<int>(reading.WaitAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => pipe.Read(buffer, offset, count);
}
