using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Hosting;

/// <summary>Several models behind one front door.</summary>
public sealed class ModelRegistryTests
{
    [Fact]
    public async Task Each_model_is_reached_by_all_its_names_and_the_default_one_by_none()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", ModelsBench.Folder("tiny-qwen3")));

        foreach (var name in new[] { "tiny-qwen3", "TINY-qwen3", ModelsBench.Folder("tiny-qwen3"), "mock/tiny-qwen3" })
        {
            Assert.Equal(("mock/tiny-qwen3", 128), Facts(await bench.EmbedAsync(name)));
        }

        foreach (var name in new[] { null, "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", "mock/sentence-transformers/all-MiniLM-L6-v2" })
        {
            Assert.Equal(("mock/sentence-transformers/all-MiniLM-L6-v2", 384), Facts(await bench.EmbedAsync(name)));
        }
    }

    [Fact]
    public async Task Unknown_model_is_refused_and_what_is_served_is_named()
    {
        await using var bench = await ModelsBench.StartAsync(
            ("Models:a:Model", ModelsBench.Folder("tiny-qwen3")), ("Models:b:Model", ModelsBench.Folder("tiny-bert-cls")), ("Models:c:Model", "no/such-model"));

        var error = await bench.RefusalAsync("other");

        Assert.Equal(BridgeErrorKind.UnknownModel, error.Kind);
        Assert.Contains("'mock/sentence-transformers/all-MiniLM-L6-v2', 'mock/tiny-qwen3' and 'mock/tiny-bert-cls' are", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("such-model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_that_a_request_makes_up_is_shortened_in_the_refusal()
    {
        await using var bench = await ModelsBench.StartAsync();

        var error = await bench.RefusalAsync(new string('\u001b', 28_000_000));

        Assert.Equal(BridgeErrorKind.UnknownModel, error.Kind);
        Assert.InRange(error.Message.Length, 1, 400);
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public async Task Model_whose_folder_cannot_be_read_to_its_end_holds_up_nobody_and_can_be_removed()
    {
        using var folder = new Models.TempFolder();
        using (var made = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(folder.Path, "config.json")]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var bench = await ModelsBench.BeginAsync(("Models:0:Model", folder.Path), ("Models:1:Model", ModelsBench.Folder("tiny-bert-cls")));

        Assert.Equal(384, (await bench.EmbedAsync(null)).Space.Dimensions);
        Assert.Equal(96, (await bench.EmbedAsync("tiny-bert-cls")).Space.Dimensions);
        bench.Write(("Models:0:Model", null), ("Models:2:Model", ModelsBench.Folder("tiny-qwen3")));
        await Soon.UntilAsync(() => bench.Models.Skip(1).SequenceEqual(["mock/tiny-bert-cls Ready", "mock/tiny-qwen3 Ready"]));
    }

    [Theory]
    [InlineData("off", BridgeState.Unavailable)]
    [InlineData("same-space", BridgeState.Degraded)]
    public async Task Only_an_engine_that_the_fallback_lets_answer_makes_a_model_ready(string fallback, BridgeState expected)
    {
        // No worker can start, and the in-process engine is there.
        await using var bench = await ModelsBench.BeginAsync(
            ("Provider", "python-bridge"), ("Worker:PythonPath", "/nonexistent"), ("Model", ModelsBench.Folder("tiny-bert-cls")), ("Fallback", fallback));

        await Soon.UntilAsync(() => bench.Status.Default.InProcess.State == "ready");
        Assert.Equal(expected, bench.Status.Default.State);
        Assert.DoesNotContain(bench.Status.Default.Reasons, reason => reason.Contains("in-process", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_model_is_named_alone()
    {
        await using var bench = await ModelsBench.StartAsync();

        Assert.Contains("'mock/sentence-transformers/all-MiniLM-L6-v2' is. Name that one", (await bench.RefusalAsync("other")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_is_not_found_fails_alone_with_its_reason()
    {
        await using var bench = await ModelsBench.StartAsync(
            ("Models:0:Model", "no/such-model"), ("Models:1:Model", ModelsBench.Folder("tiny-bert-cls")));

        Assert.Equal(["mock/sentence-transformers/all-MiniLM-L6-v2 Ready", "no/such-model Failed", "mock/tiny-bert-cls Ready"], bench.Models);
        var error = await bench.RefusalAsync("such-model");
        Assert.Equal(BridgeErrorKind.BadModel, error.Kind);
        Assert.Contains("'no/such-model' is not served", error.Message, StringComparison.Ordinal);
        Assert.Equal(96, (await bench.EmbedAsync("tiny-bert-cls")).Space.Dimensions);
        var further = bench.Status.Models.Skip(1).ToList();
        Assert.Equal(BridgeState.Ready, bench.Status.Default.State);
        Assert.Equal([("no/such-model", "off"), ("mock/tiny-bert-cls", "ready")], further.Select(model => (model.Model, model.InProcess.State)));
        Assert.Equal(error.Message, Assert.Single(further[0].Reasons));
    }

    [Fact]
    public async Task Model_whose_name_is_found_to_be_anothers_fails_and_the_other_keeps_it()
    {
        using var folder = new Models.TempFolder();
        var link = Path.Combine(folder.Path, "another-name");
        Directory.CreateSymbolicLink(link, MiniLM.EmbeddedMiniLM.FolderPath);
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", link));

        var error = await bench.RefusalAsync(link);

        Assert.Equal(BridgeErrorKind.BadModel, error.Kind);
        Assert.Contains("means mock/sentence-transformers/all-MiniLM-L6-v2 already", error.Message, StringComparison.Ordinal);
        Assert.Equal("another-name Failed", bench.Models[1]);
        Assert.Equal(384, (await bench.EmbedAsync("all-MiniLM-L6-v2")).Space.Dimensions);
    }

    [Fact]
    public async Task Limits_are_each_models_own()
    {
        await using var bench = await ModelsBench.StartAsync(
            ("Admission:MaxInputs", "1"), ("Models:0:Model", ModelsBench.Folder("tiny-qwen3")), ("Models:0:Admission:MaxInputs", "2"));
        var two = new EmbeddingRequest { Inputs = ["a", "b"] };

        Assert.Equal(2, (await bench.Bridge.EmbedAsync(two with { Model = "tiny-qwen3" }, TestContext.Current.CancellationToken)).Vectors.Count);
        await Assert.ThrowsAsync<BridgeException>(() => bench.Bridge.EmbedAsync(two, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Worker_of_a_model_that_is_not_there_cannot_be_replaced()
    {
        await using var bench = await ModelsBench.StartAsync(("Models:0:Model", ModelsBench.Folder("tiny-qwen3")), ("Models:1:Model", "no/such-model"));

        Assert.False(bench.Administration.RestartWorker(0));
        Assert.False(bench.Administration.RestartWorker(0, "tiny-qwen3"));
        Assert.False(bench.Administration.RestartWorker(0, "such-model"));
        Assert.Equal(BridgeErrorKind.UnknownModel, Assert.Throws<BridgeException>(() => bench.Administration.RestartWorker(0, "other")).Error.Kind);
    }

    private static (string Model, int Dimension) Facts(EmbeddingResult result) => (result.Model, result.Vectors[0].Length);
}
