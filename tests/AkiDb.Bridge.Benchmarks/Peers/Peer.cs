using System.Diagnostics;
using AkiDb.Bridge.Benchmarks.Load;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>One way to get vectors.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Singles">The texts a second that callers get, each of whom sends one text at a time, for so long.</param>
/// <param name="List">The texts a second when all texts are there at once.</param>
/// <param name="Alone">The median time, in milliseconds, of one caller's texts, one after the other for so long; null where it cannot be asked for one text.</param>
internal sealed record Peer(
    string Name,
    Func<TimeSpan, CancellationToken, Task<double>> Singles,
    Func<string[], CancellationToken, Task<double>> List,
    Func<TimeSpan, CancellationToken, Task<double>>? Alone = null)
{
    /// <summary>The callers of <see cref="Singles"/>.</summary>
    public const int Callers = 64;

    /// <summary>A peer that is called from here.</summary>
    public static Peer Called(string name, Func<string[], CancellationToken, Task> embed) => new(
        name,
        async (length, token) =>
        {
            var (_, vectors) = await new ClosedLoop(One(embed), Callers, mixed: false).RunAsync(length, token);
            return vectors / length.TotalSeconds;
        },
        async (texts, token) =>
        {
            var started = Stopwatch.GetTimestamp();
            await embed(texts, token);
            return texts.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
        },
        async (length, token) =>
        {
            var (sent, _) = await new ClosedLoop(One(embed), callers: 1, mixed: false).RunAsync(length, token);
            return Samples.Of(sent.Select(outcome => outcome.Latency)).Percentile(50);
        });

    private static LoadClient One(Func<string[], CancellationToken, Task> embed) => async (text, token) =>
    {
        await embed([text], token);
        return null;
    };
}
