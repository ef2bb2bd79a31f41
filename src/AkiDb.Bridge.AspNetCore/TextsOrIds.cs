namespace AkiDb.Bridge.AspNetCore;

/// <summary>The inputs of a request: texts, or token ids.</summary>
/// <param name="Texts">The texts; empty where there are token ids.</param>
/// <param name="Ids">The token ids of each input; null where there are texts.</param>
internal readonly record struct TextsOrIds(string[] Texts, int[][]? Ids)
{
    public int Count => Ids?.Length ?? Texts.Length;

    /// <summary>The characters of the texts; of token ids, how many there are.</summary>
    public long Characters => Ids is null ? Texts.Sum(CodePoints) : Ids.Sum(list => (long)list.Length);

    private static long CodePoints(string text)
    {
        var count = text.Length;
        foreach (var letter in text)
        {
            count -= char.IsLowSurrogate(letter) ? 1 : 0;
        }

        return count;
    }
}
