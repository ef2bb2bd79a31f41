using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Native.Border;

/// <summary>A result in one block of native memory: the vectors, then the flags, then the texts. It outlives its bridge.</summary>
internal sealed unsafe class ResultBlock : IDisposable
{
    private readonly NativeResult view;
    private readonly void* block;

    /// <param name="result">The result.</param>
    /// <param name="withVectors">False where the vectors are in the caller's memory already.</param>
    public ResultBlock(EmbeddingResult result, bool withVectors)
    {
        var (count, dimensions) = (result.Vectors.Count, result.Space.Dimensions);
        var values = withVectors ? (nuint)count * (nuint)dimensions * sizeof(float) : 0;
        byte[][] texts = [Utf8Text.Terminated(result.Model), Utf8Text.Terminated(result.Space.ToString()), Utf8Text.Terminated(result.ServedBy)];
        block = NativeMemory.Alloc(values + (nuint)(count + texts.Sum(text => text.Length)));
        var flags = (byte*)block + values;
        view = new NativeResult
        {
            Values = withVectors ? (float*)block : null,
            Count = (nuint)count,
            Dimensions = (nuint)dimensions,
            TotalTokens = result.TotalTokens,
            Truncated = flags,
            Degraded = result.Degraded ? 1 : 0,
            ComputeMs = result.Compute.TotalMilliseconds,
            DurationMs = result.Duration.TotalMilliseconds,
        };
        if (withVectors)
        {
            CopyVectors(result, new Span<float>(view.Values, count * dimensions));
        }

        for (var i = 0; i < count; i++)
        {
            flags[i] = result.Truncated[i] ? (byte)1 : (byte)0;
        }

        view.Model = flags + count;
        view.Space = Put(texts[0], view.Model);
        view.ServedBy = Put(texts[1], view.Space);
        Put(texts[2], view.ServedBy);
    }

    /// <summary>Shows it in the struct of a caller, which may be older or newer than ours.</summary>
    /// <exception cref="NativeException">There is no such struct.</exception>
    public void Show(NativeResult* target)
    {
        NativeException.ThrowIfSmaller(target->StructSize, sizeof(NativeResult), "akidb_bridge_result");
        var size = target->StructSize;
        *target = view;
        target->StructSize = size;
    }

    /// <summary>Writes the vectors one behind the other.</summary>
    public static void CopyVectors(EmbeddingResult result, Span<float> target)
    {
        foreach (var vector in result.Vectors)
        {
            vector.Span.CopyTo(target);
            target = target[vector.Length..];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(block);

    // Returns what is behind it.
    private static byte* Put(byte[] text, byte* target)
    {
        text.CopyTo(new Span<byte>(target, text.Length));
        return target + text.Length;
    }
}
