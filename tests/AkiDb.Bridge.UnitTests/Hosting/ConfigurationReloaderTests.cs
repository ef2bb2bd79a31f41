using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Hosting;

/// <summary>Models that come, go and change while the host runs.</summary>
public sealed class ConfigurationReloaderTests
{
    private const string Embedded = "mock/sentence-transformers/all-MiniLM-L6-v2 Ready";
    private static readonly string Qwen = ModelsBench.Folder("tiny-qwen3");
    private static readonly string Bert = ModelsBench.Folder("tiny-bert-cls");

    [Fact]
    public async Task Added_model_is_served_beside_the_others()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", Qwen));

        bench.Write(("Models:1:Model", Bert));

        await ModelsAsync(bench, Embedded, "mock/tiny-qwen3 Ready", "mock/tiny-bert-cls Ready");
        Assert.Equal(96, (await bench.EmbedAsync("tiny-bert-cls")).Space.Dimensions);
    }

    [Fact]
    public async Task Removed_model_is_unknown_and_the_others_are_not_touched_whatever_their_place_in_the_list()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", Qwen), ("Models:1:Model", Bert));

        bench.Write(("Models:0:Model", Bert), ("Models:1:Model", null));

        await ModelsAsync(bench, Embedded, "mock/tiny-bert-cls Ready");
        Assert.Equal(BridgeErrorKind.UnknownModel, (await bench.RefusalAsync("tiny-qwen3")).Kind);
        await LoggedAsync(bench, "mock/tiny-qwen3 is removed");
        Assert.DoesNotContain(bench.Log.Messages, message => message.Contains("tiny-bert-cls is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Changed_model_is_replaced_and_answers_all_the_time()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", Qwen), ("Models:1:Model", Bert));
        var pair = new EmbeddingRequest { Inputs = ["a", "b"], Model = "tiny-qwen3" };

        bench.Write(("Models:0:Admission:MaxInputs", "1"));

        BridgeErrorKind? refusal = null;
        await Soon.UntilAsync(() =>
        {
            try
            {
                Assert.Equal(2, bench.Bridge.EmbedAsync(pair, TestContext.Current.CancellationToken).GetAwaiter().GetResult().Vectors.Count);
            }
            catch (BridgeException error)
            {
                refusal = error.Error.Kind;
            }

            return refusal is not null;
        });
        Assert.Equal(BridgeErrorKind.TooLarge, refusal);
        Assert.Contains(bench.Log.Messages, message => message.Contains("mock/tiny-qwen3 is being replaced, because of Admission:MaxInputs", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Messages, message => message.Contains("tiny-bert-cls is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Change_that_cannot_be_served_leaves_the_model_as_it_was()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", Qwen));

        bench.Write(("Models:0:FallbackModel", "no/such-model"));

        await LoggedAsync(bench, "mock/tiny-qwen3 could not be replaced and goes on as it was");
        Assert.Equal("mock/tiny-qwen3", (await bench.EmbedAsync("tiny-qwen3")).Model);
    }

    [Fact]
    public async Task Successor_that_does_not_answer_is_given_up_and_the_model_goes_on_as_it_was()
    {
        // No worker can start; the entry is served in-process until that is no longer allowed.
        await using var bench = await ModelsBench.StartAsync(
            ("Provider", "python-bridge"), ("Worker:PythonPath", "/nonexistent"), ("Model", ModelsBench.Folder("tiny-bert-cased")), ("Models:0:Model", Bert));

        bench.Write(("Models:0:Fallback", "off"));

        await LoggedAsync(bench, "tiny-bert-cls could not be replaced and goes on as it was: ");
        Assert.Equal("in-process", (await bench.EmbedAsync("tiny-bert-cls")).ServedBy);
    }

    [Fact]
    public async Task Failed_model_is_tried_again_with_the_next_change()
    {
        using var folder = new Models.TempFolder();
        var link = Path.Combine(folder.Path, "later");
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", link));
        Assert.Equal([Embedded, "later Failed"], bench.Models);

        Directory.CreateSymbolicLink(link, Qwen);
        bench.Write();

        await ModelsAsync(bench, Embedded, "mock/later Ready");
    }

    [Fact]
    public async Task Of_two_models_that_turn_out_to_have_one_name_only_one_is_served()
    {
        // The model that comes along keeps its name, whatever its folder is called.
        using var folder = new Models.TempFolder();
        var (one, other) = (Path.Combine(folder.Path, "one"), Path.Combine(folder.Path, "other"));
        await using var bench = await ModelsBench.StartAsync(("Model", Bert), ("Models:0:Model", one), ("Models:1:Model", other));
        Assert.Equal(["mock/tiny-bert-cls Ready", "one Failed", "other Failed"], bench.Models);

        Directory.CreateSymbolicLink(one, MiniLM.EmbeddedMiniLM.FolderPath);
        Directory.CreateSymbolicLink(other, MiniLM.EmbeddedMiniLM.FolderPath);
        bench.Write();

        await Soon.UntilAsync(() => bench.Models.Contains(Embedded));
        await Soon.UntilAsync(() => bench.Status.Models.Count(model => model.State == BridgeState.Failed) == 1);
        Assert.Equal(384, (await bench.EmbedAsync("all-MiniLM-L6-v2")).Space.Dimensions);
    }

    [Fact]
    public async Task With_a_mistake_nothing_changes_and_all_mistakes_are_told()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", Qwen));

        bench.Write(("Models:0:Model", null), ("Models:1:Model", Bert), ("Models:1:Worker:InFlight", "0"), ("Dispatch:Timeout", "soon"));

        await LoggedAsync(bench, "nothing of it is used. The configuration has 2 mistakes");
        Assert.Equal([Embedded, "mock/tiny-qwen3 Ready"], bench.Models);
        Assert.Contains(bench.Log.Messages, message => message.Contains("Bridge:Models:1:Worker:InFlight", StringComparison.Ordinal) && message.Contains("Bridge:Dispatch:Timeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Default_models_own_changes_wait_for_a_restart_and_the_log_says_so()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", Qwen));

        bench.Write(("Model", Bert), ("Models:0:Model", null));

        await ModelsAsync(bench, Embedded);
        await LoggedAsync(bench, "Bridge:Model is used after a restart");
    }

    [Fact]
    public async Task Models_that_code_adds_stay_through_a_reload()
    {
        await using var bench = await ModelsBench.StartAsync(options => options.Models.Add("qwen", model => model.Model = Qwen), ("Models:0:Model", Bert));

        bench.Write(("Models:0:Model", null));

        await ModelsAsync(bench, Embedded, "mock/tiny-qwen3 Ready");
    }

    private static Task ModelsAsync(ModelsBench bench, params string[] expected) => Soon.UntilAsync(() => bench.Models.SequenceEqual(expected));

    private static Task LoggedAsync(ModelsBench bench, string words) =>
        Soon.UntilAsync(() => bench.Log.Messages.Any(message => message.Contains(words, StringComparison.Ordinal)));
}
