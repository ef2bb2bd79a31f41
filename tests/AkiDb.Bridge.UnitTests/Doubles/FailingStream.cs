namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A stream whose reads fail in a way that no pipe should.</summary>
internal sealed class FailingStream : MemoryStream
{
    public override int Read(Span<byte> buffer) => throw new NotSupportedException("something odd");
}
