using System.Buffers;

namespace AkiDb.Bridge.Host.Streams;

/// <summary>Takes a stream apart into lines, as its reads bring them. Only <c>\n</c> ends a line, and is no part of it.</summary>
/// <param name="input">The stream.</param>
/// <param name="mostBytes">The longest line; whoever reads stops, or drops what has come, when <see cref="Unfinished"/> is more.</param>
internal sealed class LineBuffer(Stream input, int mostBytes)
{
    private const int ReadSize = 64 * 1024;

    // What one large line has needed is not kept for small ones.
    private const int LargestKept = 1024 * 1024;

    // The one for large lines has room for the longest at once: what it does not use is never touched, and nothing that was too small for a line is left
    // behind, by a pool for each thread and each core. The collector takes it when it wants.
    private readonly WeakReference<byte[]> large = new([]);

    private byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
    private int start;
    private int end;
    private int searched;

    /// <summary>The bytes of a line whose end has not come.</summary>
    public int Unfinished => end - start;

    /// <summary>Whether the stream was read to its end.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Waits for more; what was taken before is overwritten.</summary>
    public async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var read = await input.ReadAsync(buffer.AsMemory(end), cancellationToken);
        end += read;
        IsAtEnd = read == 0;
    }

    /// <summary>The next line that is here; at the end of the stream, what stands behind the last end of a line too.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> line)
    {
        var length = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
        var ends = length >= 0;
        length = ends ? searched - start + length : Unfinished;
        line = buffer.AsMemory(start, length);
        searched = end;
        if (!ends && (!IsAtEnd || length == 0))
        {
            return false;
        }

        start += length + (ends ? 1 : 0);
        searched = start;
        return true;
    }

    /// <summary>Forgets what has come of a line whose end has not.</summary>
    public void Drop() => (start, searched) = (end, end);

    // The beginning of a line that has not ended moves to the front.
    private void MakeRoom()
    {
        var kept = buffer.AsSpan(start, Unfinished);
        var target = kept.Length == buffer.Length ? Larger() : kept.IsEmpty && buffer.Length > LargestKept ? ArrayPool<byte>.Shared.Rent(ReadSize) : buffer;
        kept.CopyTo(target);
        (searched, end, start) = (searched - start, kept.Length, 0);
        if (target != buffer)
        {
            if (buffer.Length <= LargestKept)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            buffer = target;
        }
    }

    private byte[] Larger()
    {
        if (buffer.Length < LargestKept)
        {
            return ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
        }

        if (!large.TryGetTarget(out var array) || array.Length == 0)
        {
            array = GC.AllocateUninitializedArray<byte>(Math.Max(mostBytes, LargestKept) + ReadSize);
            large.SetTarget(array);
        }

        return array;
    }
}
