using System.Diagnostics;
using AkiDb.Bridge.Benchmarks.Load;

namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>One way to get vectors.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Singles">The texts a second that callers get, each of whom sends one text at a time, for so long.</param>
/// <param name="List">The texts a second when all texts are there at once.</param>
internal sealed record Peer(string Name, Func<TimeSpan, CancellationToken, Task<double>> Singles, Func<string[], CancellationToken, Task<double>> List)
{
    /// <summary>The callers of <see cref="Singles"/>.</summary>
    public const int Callers = 64;

    /// <summary>A peer that is called from here.</summary>
    public static Peer Called(string name, Func<string[], CancellationToken, Task> embed) => new(
        name,
        async (length, token) =>
        {
            var (_, vectors) = await new ClosedLoop(One, Callers, mixed: false).RunAsync(length, token);
            return vectors / length.TotalSeconds;

            async Task<BridgeErrorKind?> One(string text, CancellationToken one)
            {
                await embed([text], one);
                return null;
            }
        },
        async (texts, token) =>
        {
            var started = Stopwatch.GetTimestamp();
            await embed(texts, token);
            return texts.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
        });
}
