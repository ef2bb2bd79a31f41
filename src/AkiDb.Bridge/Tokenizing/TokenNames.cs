namespace AkiDb.Bridge.Tokenizing;

/// <summary>The tokens of a vocabulary by their ids, as the file writes them.</summary>
internal sealed class TokenNames
{
    private readonly byte[] pool;
    private readonly int[] starts;
    private readonly int[] lengths;
    private readonly Dictionary<int, AddedToken> added;

    public TokenNames(VocabularyList vocabulary, IEnumerable<AddedToken> added)
    {
        var tokens = vocabulary.Tokens;
        pool = tokens.Pool;
        var limit = vocabulary.Ids.DefaultIfEmpty(-1).Max() + 1;
        (starts, lengths) = (new int[limit], new int[limit]);
        Array.Fill(lengths, -1);
        for (var i = 0; i < tokens.Count; i++)
        {
            (starts[vocabulary.Ids[i]], lengths[vocabulary.Ids[i]]) = (tokens.Offset(i), tokens[i].Length);
        }

        this.added = added.ToDictionary(token => token.Id);
    }

    /// <summary>What the file writes for an id; empty where it has no such id.</summary>
    public ReadOnlySpan<byte> this[int id] =>
        added.TryGetValue(id, out var token) ? token.Name : (uint)id < (uint)lengths.Length && lengths[id] >= 0 ? pool.AsSpan(starts[id], lengths[id]) : default;

    /// <summary>Whether an id is a special token's: one that is no part of any text.</summary>
    public bool IsSpecial(int id) => added.TryGetValue(id, out var token) && token.IsSpecial;
}
