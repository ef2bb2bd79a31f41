namespace AkiDb.Bridge.Tokenizing;

/// <summary>The pieces of one word as they come: unknown ones that stand side by side become one.</summary>
internal ref struct UnigramPath(int unknownId)
{
    private bool afterUnknown;

    /// <summary>The scores of all pieces so far: sums round as in the reference library only from the word's beginning on.</summary>
    public double Score { get; set; }

    public void Add(int piece, scoped ref TokenSink sink)
    {
        var isUnknown = piece == unknownId;
        if (!(isUnknown && afterUnknown))
        {
            sink.Add(piece);
        }

        afterUnknown = isUnknown;
    }

    /// <summary>Adds the bytes of what is no piece, each as a piece of its own.</summary>
    public void AddBytes(scoped ReadOnlySpan<byte> text, int[] pieces, scoped ref TokenSink sink)
    {
        foreach (var value in text)
        {
            sink.Add(pieces[value]);
        }

        afterUnknown = false;
    }
}
