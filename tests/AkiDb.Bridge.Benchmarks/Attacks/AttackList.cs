namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary>Every attack that the host must live through while it serves others.</summary>
internal static class AttackList
{
    private const int Tokens = 250;
    private static readonly string Empty = string.Join(',', Enumerable.Repeat("\"\"", 2_048));
    private static readonly string Long = string.Join(' ', Enumerable.Repeat("word", Tokens));

    /// <summary>All of them.</summary>
    /// <param name="python">The workers' interpreter; null where there is none.</param>
    public static IEnumerable<Attack> All(string? python)
    {
        yield return new Attack("C1", "60 x a prompt of 50,000 characters before 2,048 inputs", PromptsAsync);
        yield return new Attack("C2", "100 clients ask for 2,048 vectors and never read", NeverReadAsync);
        yield return new Attack("C3", "1,000 bodies of 5 MB at once", LargeBodiesAsync);
        yield return new Attack("C4", "8 connections of 64 x 250 tokens, 'interactive'", (attackers, end) => attackers.RepeatAsync(8, round => Texts(round, 64, "interactive", "30s"), end));
        yield return new Attack("C5", "bulk for 24 hours that fills MaxTokens", (attackers, end) => attackers.RepeatAsync(8, round => Texts(round, 600, "bulk", "24h"), end));
        yield return new Attack("C6", "1,000 silent connections", (attackers, end) => SilentAsync(attackers, 1_000, end));
        yield return new Attack("C7", "256 descriptors, as many sockets", (attackers, end) => SilentAsync(attackers, 256, end)) { Descriptors = 256 };
        if (python is not null)
        {
            yield return new Attack("C8", "C1 beside an idle worker", PromptsAsync) { Switches = ["--python", python, "--set", "Dispatch:Prefer=in-process"] };
        }

        yield return new Attack("C9", "20 texts of 1 MB at once", MegabytesAsync);
    }

    private static Task PromptsAsync(Attackers attackers, CancellationToken end) => attackers.RepeatAsync(
        60, round => Attackers.Request($$"""{"prompt": "{{round}} {{new string('p', 50_000)}}", "inputs": [{{Empty}}], "timeout": "1s"}"""), end);

    private static async Task NeverReadAsync(Attackers attackers, CancellationToken end)
    {
        var request = Attackers.Request($$"""{"inputs": [{{Empty}}]}""");
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => attackers.AskAsync(request, isRead: false, end)));
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end);
    }

    private static async Task LargeBodiesAsync(Attackers attackers, CancellationToken end)
    {
        var request = Attackers.Request($$"""{"inputs": [{{string.Join(',', Enumerable.Repeat($"\"{new string('b', 5_000)}\"", 1_000))}}]}""");
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => attackers.AskAsync(request, isRead: true, end)));
    }

    private static async Task SilentAsync(Attackers attackers, int count, CancellationToken end)
    {
        for (var number = 0; number < count; number++)
        {
            await attackers.OpenAsync(end);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end);
    }

    private static Task MegabytesAsync(Attackers attackers, CancellationToken end) => attackers.RepeatAsync(
        20, round => Attackers.Request($$"""{"inputs": ["{{round}} {{string.Concat(Enumerable.Repeat("some words ", 90_000))}}"]}"""), end);

    private static byte[] Texts(int round, int count, string priority, string timeout) => Attackers.Request(
        $$"""{"inputs": [{{string.Join(',', Enumerable.Range(0, count).Select(text => $"\"{round} {text} {Long}\""))}}], "priority": "{{priority}}", "timeout": "{{timeout}}"}""");
}
