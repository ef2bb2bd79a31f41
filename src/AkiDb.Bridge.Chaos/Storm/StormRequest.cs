namespace AkiDb.Bridge.Chaos.Storm;

/// <summary>One request of a storm.</summary>
/// <param name="Texts">Its texts, by their index in the corpus.</param>
/// <param name="Priority"><c>interactive</c>, <c>bulk</c>, or null for what the bridge thinks.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="LeavesAfter">When the caller closes its connection; null when it waits for the answer.</param>
internal sealed record StormRequest(int[] Texts, string? Priority, TimeSpan Timeout, TimeSpan? LeavesAfter)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // One text for most requests; now and then many, of which most are equal: they are computed once, and must be given to each.
    private static readonly int[] Sizes = [1, 1, 1, 1, 1, 1, 2, 3, 8, 40];

    // So few texts that callers meet each other's all the time.
    private const int HotTexts = 6;

    /// <summary>A request at random; often what the caller, or others, have just asked.</summary>
    /// <param name="random">The choices.</param>
    /// <param name="last">The caller's last request; null for the first.</param>
    public static StormRequest Draw(Random random, StormRequest? last)
    {
        var texts = last is not null && random.Next(3) == 0 ? last.Texts : DrawTexts(random);
        string? priority = random.Next(4) switch { 0 => "interactive", 1 => "bulk", _ => null };
        return random.Next(10) switch
        {
            0 or 1 or 2 => new(texts, priority, Patience, TimeSpan.FromMilliseconds(random.Next(40))),
            3 => new(texts, priority, TimeSpan.FromMilliseconds(1 + random.Next(100)), null),
            _ => new(texts, priority, Patience, null),
        };
    }

    private static int[] DrawTexts(Random random)
    {
        var texts = new int[random.GetItems(Sizes, 1)[0]];
        var hot = random.Next(2) == 0;
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = random.Next(hot ? HotTexts : Corpus.Texts.Count);
        }

        return texts;
    }
}
