namespace AkiDb.Bridge.UnitTests.Root;

/// <summary>Several models behind one front door.</summary>
public sealed class SeveralModelsTests
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
        var (health, status) = (bench.Bridge.GetHealth(), bench.Bridge.GetStatus());
        Assert.Equal(BridgeState.Ready, health.State);
        Assert.Equal([("no/such-model", BridgeState.Failed), ("mock/tiny-bert-cls", BridgeState.Ready)], health.Models.Select(model => (model.Model, model.State)));
        Assert.Equal(error.Message, Assert.Single(health.Models[0].Reasons));
        Assert.Equal([("no/such-model", "off"), ("mock/tiny-bert-cls", "ready")], status.Models.Select(model => (model.Model, model.InProcess.State)));
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

        Assert.False(bench.Bridge.RestartWorker(0));
        Assert.False(bench.Bridge.RestartWorker(0, "tiny-qwen3"));
        Assert.False(bench.Bridge.RestartWorker(0, "such-model"));
        Assert.Equal(BridgeErrorKind.UnknownModel, Assert.Throws<BridgeException>(() => bench.Bridge.RestartWorker(0, "other")).Error.Kind);
    }

    private static (string Model, int Dimension) Facts(EmbeddingResult result) => (result.Model, result.Vectors[0].Length);
}
