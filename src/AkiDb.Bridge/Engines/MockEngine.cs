using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Engines;

/// <summary>Deterministic rows without meaning, for callers who test their own code and want no model.</summary>
/// <param name="dimension">The values of a row.</param>
internal sealed class MockEngine(int dimension) : IEngine
{
    public string Name => "mock";

    public string Precision => "mock";

    /// <inheritdoc/>
    public ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = 0;
        for (var text = 0; text < batch.Texts; text++)
        {
            var length = batch.Lengths.Span[text];
            Fill(batch.Ids.Span.Slice(start, length), rows.Span.Slice(text * dimension, dimension));
            start += length;
        }

        return new ValueTask<EngineReply>(new EngineReply(null, TimeSpan.Zero));
    }

    private static void Fill(ReadOnlySpan<int> ids, Span<float> row)
    {
        Span<byte> digest = stackalloc byte[32];
        System.Security.Cryptography.SHA256.HashData(MemoryMarshal.AsBytes(ids), digest);

        // SplitMix64: equal ids give equal rows on every platform and in every version.
        var state = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        foreach (ref var value in row)
        {
            state += 0x9E3779B97F4A7C15;
            var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            mixed ^= mixed >> 31;
            value = ((mixed >> 40) / (float)(1 << 23)) - 1f;
        }
    }
}
