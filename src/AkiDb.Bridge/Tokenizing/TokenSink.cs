using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Takes token ids: writes as many as there is room for.</summary>
/// <param name="ids">Where the ids go.</param>
/// <param name="room">The most ids to write.</param>
/// <param name="left">An id that is left out; null for none.</param>
/// <param name="cancellationToken">Nobody waits for the ids any more.</param>
internal ref struct TokenSink(IBufferWriter<int> ids, int room, int? left = null, CancellationToken cancellationToken = default)
{
    private const int ChunkLength = 64;

    private Span<int> chunk;
    private int used;

    /// <summary>Whether more ids came than there was room for: whatever else comes is cut.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The ids that had room.</summary>
    public int Kept { get; private set; }

    /// <summary>The most ids to write.</summary>
    public readonly int Room => room;

    public readonly CancellationToken CancellationToken => cancellationToken;

    public void Add(int id)
    {
        if (id == left)
        {
            return;
        }

        if (Kept == room)
        {
            IsOver = true;
            return;
        }

        if (used == chunk.Length)
        {
            Flush();
            chunk = ids.GetSpan(Math.Min(room - Kept, ChunkLength));
        }

        chunk[used++] = id;
        Kept++;
    }

    public void Add(scoped ReadOnlySpan<int> many)
    {
        foreach (var id in many)
        {
            Add(id);
        }
    }

    /// <summary>Hands everything taken to the writer.</summary>
    public void Flush()
    {
        if (used > 0)
        {
            ids.Advance(used);
        }

        chunk = default;
        used = 0;
    }
}
