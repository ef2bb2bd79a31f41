namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A stream whose reads fail in a way that no pipe should.</summary>
internal sealed class FailingStream : MemoryStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        throw new NotSupportedException("something odd");
    }
}
