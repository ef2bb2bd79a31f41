namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>What a process has printed so far.</summary>
internal sealed class HostLog
{
    private readonly List<string> lines = [];

    /// <summary>All lines, oldest first.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (lines)
            {
                return [.. lines];
            }
        }
    }

    public void Add(string line)
    {
        lock (lines)
        {
            lines.Add(line);
        }
    }

    /// <summary>The last lines, for messages.</summary>
    public string Tail() => $"Its last words:{string.Concat(Lines.TakeLast(60).Select(line => $"{Environment.NewLine}  {line}"))}";

    public bool Contains(string text) => Lines.Any(line => line.Contains(text, StringComparison.Ordinal));

    public int Count(string text) => Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits for a line that holds <paramref name="text"/>.</summary>
    public Task<string> WaitForAsync(string text, TimeSpan? deadline = null) => Eventually.GetAsync(
        () => Task.FromResult(Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal))), $"the log says '{text}'", Tail, deadline);

    /// <summary>Waits until <paramref name="count"/> lines hold <paramref name="text"/>: what is logged comes later than what the API says.</summary>
    public Task WaitForCountAsync(string text, int count) => Eventually.TrueAsync(() => Count(text) >= count, $"the log says '{text}' {count} times", Tail);
}
