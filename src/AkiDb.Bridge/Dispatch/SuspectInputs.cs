using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Remembers for a while, by their hashes, the inputs that workers died of, or may have died of.</summary>
/// <param name="memory">How long.</param>
/// <param name="time">The clock.</param>
internal sealed class SuspectInputs(TimeSpan memory, TimeProvider time)
{
    // Bounds the memory, a few hundred kilobytes. The oldest are forgotten first: they are checked again by the workers, that is all.
    private const int MostRemembered = 4096;

    private readonly Lock gate = new();
    private readonly Dictionary<UInt128, (Suspicion Suspicion, long Noted)> known = [];
    private readonly Queue<(UInt128 Hash, long Noted)> order = new();
    private volatile bool any;

    /// <summary>What is held against an input.</summary>
    public Suspicion Of(ReadOnlySpan<int> ids)
    {
        // As good as always there is nothing to remember, and so nothing to hash.
        if (!any)
        {
            return default;
        }

        var hash = Hash(ids);
        lock (gate)
        {
            Forget();
            return known.GetValueOrDefault(hash).Suspicion;
        }
    }

    /// <summary>A worker died, or hung until it was killed, while it computed these inputs.</summary>
    public void Note(TokenBatch batch)
    {
        var now = time.GetTimestamp();
        var start = 0;
        foreach (var length in batch.Lengths.Span)
        {
            var hash = Hash(batch.Ids.Span.Slice(start, length));
            start += length;
            lock (gate)
            {
                var before = known.GetValueOrDefault(hash).Suspicion;
                var deaths = before.Deaths + 1;
                known[hash] = (new Suspicion(deaths, before.Proven || (batch.Texts == 1 && deaths >= DispatchCall.DeathsOfInput)), now);
                order.Enqueue((hash, now));
                any = true;
                Forget();
            }
        }
    }

    /// <summary>These inputs were computed by a worker that lived on: they are as innocent as any.</summary>
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
        while (order.TryPeek(out var oldest) && (order.Count > MostRemembered || time.GetElapsedTime(oldest.Noted) >= memory))
        {
            order.Dequeue();

            // One that was noted again later has another entry.
            if (known.TryGetValue(oldest.Hash, out var entry) && entry.Noted == oldest.Noted)
            {
                known.Remove(oldest.Hash);
            }
        }

        any = known.Count > 0;
    }
}
