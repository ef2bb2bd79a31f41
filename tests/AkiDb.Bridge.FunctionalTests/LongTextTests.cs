using System.Net.Http.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Texts that take long beside texts that do not.</summary>
public sealed class LongTextTests
{
    // About 11,000 tokens: half a minute's attention on a small machine.
    private static readonly string Long = string.Concat(Enumerable.Repeat("a long text about nothing in particular ", 1_600));

    [Fact]
    public async Task Short_texts_beside_a_long_one_are_computed_by_the_engine_that_is_idle()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", TestPaths.Model("tiny-qwen3"), "--set", "Admission:MaxWait=5m"));
        Assert.Equal("worker:0", (await host.EmbedAsync("a short text")).ServedBy);

        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var asking = host.Client.PostAsJsonAsync(new Uri("/api/v1/embed", UriKind.Relative), new { inputs = new[] { Long }, timeout = "5m" }, leaving.Token);
        await host.SlotAsync(slot => slot.InFlight > 0, "the worker computes the long text");
        for (var number = 0; number < 5; number++)
        {
            var answer = await host.EmbedAsync(new { inputs = new[] { $"short text {number}" }, timeout = "5m" });
            Assert.Equal("in-process", answer.ServedBy);
            Assert.False(asking.IsCompleted, "The short text has waited for the long one.");
        }

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await host.EmbedUntilAsync(new { inputs = new[] { "a short text" } }, _ => { }, answer => answer.ServedBy == "worker:0", "the worker is chosen again");
        await host.EmptyAsync();
    }
}
