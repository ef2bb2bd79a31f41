using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Remembers for a while, by their hashes, the inputs that workers died of, or may have died of.</summary>
internal sealed class PoisonTracker(TimeSpan rememberFor, TimeProvider time)
{
    // A few hundred kilobytes. The oldest are forgotten first; all that follows is that workers compute them again.
    private const int MostRemembered = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, (PoisonRecord Record, long At)> known = [];
    private readonly Queue<(UInt128 Hash, long At)> order = new();
    private volatile bool any;

    /// <summary>What is known of an input.</summary>
    public PoisonRecord RecordOf(ReadOnlySpan<int> ids)
    {
        // Nearly always nothing is remembered, and then nothing need be hashed.
        if (!any)
        {
            return default;
        }

        var hash = Hash(ids);
        lock (gate)
        {
            Forget();
            return known.GetValueOrDefault(hash).Record;
        }
    }

    /// <summary>A worker died, or hung until it was killed, while it computed these inputs.</summary>
    public void RecordDeath(TokenBatch batch)
    {
        var now = time.GetTimestamp();
        var start = 0;
        foreach (var length in batch.Lengths.Span)
        {
            var hash = Hash(batch.Ids.Span.Slice(start, length));
            start += length;
            lock (gate)
            {
                var before = known.GetValueOrDefault(hash).Record;
                var deaths = before.Deaths + 1;
                known[hash] = (new PoisonRecord(deaths, before.IsPoison || (batch.Texts == 1 && deaths >= DispatchCall.DeathsOfInput)), now);
                order.Enqueue((hash, now));
                Forget();
            }
        }
    }

    /// <summary>A worker computed these inputs and lived on: nothing is held against them any more.</summary>
    public void Clear(TokenBatch batch)
    {
        if (!any)
        {
            return;
        }

        var start = 0;
        foreach (var length in batch.Lengths.Span)
        {
            var hash = Hash(batch.Ids.Span.Slice(start, length));
            start += length;
            lock (gate)
            {
                known.Remove(hash);
            }
        }
    }

    private static UInt128 Hash(ReadOnlySpan<int> ids)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(ids), digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    private void Forget()
    {
        while (order.TryPeek(out var oldest) && (order.Count > MostRemembered || time.GetElapsedTime(oldest.At) >= rememberFor))
        {
            order.Dequeue();

            // One that was recorded again later has another entry.
            if (known.TryGetValue(oldest.Hash, out var entry) && entry.At == oldest.At)
            {
                known.Remove(oldest.Hash);
            }
        }

        any = known.Count > 0;
    }
}
