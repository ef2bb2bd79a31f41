namespace AkiDb.Bridge.Batching;

/// <summary>Texts of similar lengths that wait, in the order of their turns. Guarded by <see cref="BatcherState"/>.</summary>
/// <remarks>One caller's texts have their turns in the order in which they came, so only the first one of each caller is sorted.</remarks>
internal sealed class LengthBucket
{
    private readonly Dictionary<string, CallerTexts> byCaller = [];
    private readonly PriorityQueue<CallerTexts, (long Start, long Number)> turns = new();

    /// <summary>The text whose turn comes first; null when none waits.</summary>
    public QueuedText? First
    {
        get
        {
            while (turns.TryPeek(out var caller, out var turn))
            {
                if (caller.First?.Value is not { } first)
                {
                    turns.Dequeue();
                    byCaller.Remove(caller.Name);
                }
                else if ((first.Start, first.Number) == turn)
                {
                    return first;
                }
                else
                {
                    turns.DequeueEnqueue(caller, (first.Start, first.Number));
                }
            }

            return null;
        }
    }

    public void Add(QueuedText text)
    {
        if (!byCaller.TryGetValue(text.Caller, out var caller))
        {
            byCaller.Add(text.Caller, caller = new CallerTexts(text.Caller));
            turns.Enqueue(caller, (text.Start, text.Number));
        }
        else if (caller.Count == 0)
        {
            // All it had here has left: its turn may come earlier now.
            turns.Remove(caller, out _, out _);
            turns.Enqueue(caller, (text.Start, text.Number));
        }

        caller.AddLast(text.Place);
    }

    public static void Remove(QueuedText text) => text.Place.List!.Remove(text.Place);

    private sealed class CallerTexts(string name) : LinkedList<QueuedText>
    {
        public string Name { get; } = name;
    }
}
