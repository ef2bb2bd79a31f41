using System.Diagnostics;
using System.Net;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Small bodies that ask for much tokenising: whoever sends them is refused or waits, and nobody else does.</summary>
public sealed class TokenizingAttackTests
{
    private const int Attackers = 60;
    private static readonly string[] Good = ["a good client's text"];

    // The first version kept everybody waiting for 40 s; this holds on a machine that is busy with other tests, too.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData(50_000)]
    [InlineData(10_000)]
    public async Task Long_prompt_before_thousands_of_inputs_keeps_no_good_client_waiting(int characters)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx"));
        await host.EmbedAsync(Good);
        var request = new { prompt = string.Concat(Enumerable.Repeat("word ", characters / 5)), inputs = Enumerable.Repeat("", 2048).ToArray(), timeout = "1s" };

        var attack = Enumerable.Range(0, Attackers).Select(_ => host.PostAsync(request)).ToList();
        do
        {
            var started = Stopwatch.GetTimestamp();
            using var alive = await host.Client.GetAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken);
            await host.EmbedAsync(Good);
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, LongestWait);
        }
        while (!attack.TrueForAll(sent => sent.IsCompleted));

        foreach (var sent in attack)
        {
            using var response = await sent;
            Assert.Contains(
                response.StatusCode,
                new[] { HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.TooManyRequests, HttpStatusCode.GatewayTimeout });
        }

        await host.EmptyAsync();
    }
}
