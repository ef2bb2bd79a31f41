using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Workers that keep to the protocol and do not do their work: they lose it, refuse it, or answer rows that are wrong.</summary>
public sealed class LyingWorkerTests
{
    private const string SuspectTexts = "suspect_texts";

    // The default times; only what comes after the worker's end is hastened.
    private static readonly string[] Quick = ["--set", "Supervision:BackOffBase=50ms", "--set", "Supervision:BackOffMax=300ms"];

    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];
    private static readonly int[] Many = [.. Enumerable.Range(0, 48)];

    [Theory]
    [InlineData(WorkerDouble.LosesBatches, "It has lost a batch of")]
    [InlineData(WorkerDouble.ClaimsToCompute, "neither answered nor dropped a batch")]
    [InlineData(WorkerDouble.RefusesOnce, "It refuses batches although it has none")]
    [InlineData(WorkerDouble.WrongIdOnce, "It has lost a batch of")]
    [InlineData(WorkerDouble.FloodsUnknownIds, "requests that were never sent")]
    public async Task Worker_that_loses_or_refuses_its_work_is_replaced_before_three_requests_have_met_it(string behaviour, string reason)
    {
        await using var twin = new WorkerDouble(behaviour) { Times = 1 };
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(Quick) { Python = twin.Executable });
        await CheckAsync(host, "worker:0");
        twin.Go();

        var restarts = 0;
        for (var request = 0; request < 3 && restarts == 0; request++)
        {
            await CheckAsync(host);
            restarts = (await host.StatusAsync()).Workers[0].Restarts;
        }

        var slot = await host.SlotAsync(slot => slot.Restarts > 0, "the worker was ended", TimeSpan.FromSeconds(10));
        Assert.Contains(reason, slot.LastCrash!.Reason, StringComparison.Ordinal);
        await host.WorkerReadyAsync();
        await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, answer => Reference.MiniLM.Check(answer.Vectors, Few), answer => answer.ServedBy == "worker:0", "the next worker serves");
        await host.EmptyAsync();
        Assert.InRange(host.Log.Lines.Count, 0, 500);
    }

    [Theory]
    [InlineData(WorkerDouble.Zeros)]
    [InlineData(WorkerDouble.TooLarge)]
    [InlineData(WorkerDouble.NotANumber)]
    [InlineData(WorkerDouble.OneNotANumber)]
    public async Task Worker_whose_rows_cannot_be_the_models_passes_none_of_them_on_and_is_replaced(string behaviour)
    {
        await using var twin = new WorkerDouble(behaviour) { Times = 1 };
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(Quick) { Python = twin.Executable });
        for (var batch = 0; batch < 6; batch++)
        {
            await CheckAsync(host, "worker:0");
        }

        twin.Go();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => host.EmbedAsync(Reference.TextsAt(Few))));
        Assert.All(answers, answer => Reference.MiniLM.Check(answer.Vectors, Few));
        await host.SlotAsync(slot => slot.Restarts > 0, "the worker was ended");
        await host.WorkerReadyAsync();
        await CheckAsync(host);
    }

    [Theory]
    [InlineData(WorkerDouble.Noise)]
    [InlineData(WorkerDouble.Negates)]
    [InlineData(WorkerDouble.Rotates)]
    [InlineData(WorkerDouble.PreviousRows)]
    public async Task Worker_whose_rows_turn_into_others_under_load_is_found_by_a_known_text_and_replaced(string behaviour)
    {
        await using var twin = new WorkerDouble(behaviour) { Times = 1 };
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(Quick) { Python = twin.Executable });
        for (var batch = 0; batch < 6; batch++)
        {
            await CheckAsync(host, "worker:0");
        }

        twin.Go();
        var wrong = 0;
        for (var round = 0; round < 40 && (await host.StatusAsync()).Workers[0].Restarts == 0; round++)
        {
            // 48 texts, all of them different: those of two requests may share a batch.
            var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(half => host.EmbedAsync(Reference.TextsAt(Half(half)))));
            wrong += answers.Index().Sum(answer => Reference.MiniLM.CountWrong(answer.Item.Vectors, Half(answer.Index)));
        }

        await host.SlotAsync(slot => slot.Restarts > 0, "the worker was ended");
        await host.Log.WaitForAsync("are suspect");
        var suspect = (await host.StatusJsonAsync()).GetProperty("workers")[0].GetProperty(SuspectTexts).GetInt64();
        Assert.InRange(suspect, wrong, 2_000);
        await host.WorkerReadyAsync();
        for (var round = 0; round < 10; round++)
        {
            var answer = await host.EmbedAsync(Reference.TextsAt(Many));
            Reference.MiniLM.Check(answer.Vectors, Many);
        }

        static int[] Half(int half) => Many[(half * 24)..((half + 1) * 24)];
    }

    private static async Task CheckAsync(BridgeHost host, string? servedBy = null)
    {
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check(answer.Vectors, Few);
        Assert.Equal(servedBy ?? answer.ServedBy, answer.ServedBy);
    }
}
