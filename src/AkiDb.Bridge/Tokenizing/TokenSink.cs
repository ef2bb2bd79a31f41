using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Takes token ids: writes as many as there is room for, counts them all.</summary>
/// <param name="ids">Where the ids go.</param>
/// <param name="room">The most ids to write.</param>
internal ref struct TokenSink(IBufferWriter<int> ids, int room)
{
    private const int ChunkLength = 64;

    private Span<int> _chunk;
    private int _used;
    private int _room = room;

    /// <summary>The ids taken so far, written or not.</summary>
    public int Total { get; private set; }

    public void Add(int id)
    {
        Total++;
        if (_room == 0)
        {
            return;
        }

        if (_used == _chunk.Length)
        {
            Flush();
            _chunk = ids.GetSpan(Math.Min(_room, ChunkLength));
        }

        _chunk[_used++] = id;
        _room--;
    }

    public void Add(scoped ReadOnlySpan<int> many)
    {
        foreach (int id in many)
        {
            Add(id);
        }
    }

    /// <summary>Hands everything taken to the writer.</summary>
    public void Flush()
    {
        if (_used > 0)
        {
            ids.Advance(_used);
        }

        _chunk = default;
        _used = 0;
    }
}
