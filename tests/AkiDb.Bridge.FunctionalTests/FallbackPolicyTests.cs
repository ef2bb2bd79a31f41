using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Which model may answer when the workers cannot: nobody gets a vector of another space without asking for it.</summary>
public sealed class FallbackPolicyTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Fact]
    public async Task Any_answers_with_the_second_model_and_says_so_and_a_request_may_be_stricter()
    {
        RequireInt8();
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--fallback", "any", "--set", $"FallbackModel={TestPaths.Model("tiny-bert-cls")}", "--set", "Onnx:Precision=int8")
        { Python = "/nonexistent" });
        await host.Log.WaitForAsync("worker:0 cannot work");
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Assert.Contains("tiny-bert-cls", answer.Model, StringComparison.Ordinal);
        Assert.True(answer.Degraded);
        foreach (var fallback in new[] { "same-space", "off" })
        {
            using var response = await host.PostAsync(new { inputs = Reference.TextsAt(Few), fallback });
            Assert.Equal(503, (await Problem.ReadAsync(response)).Status);
        }
    }

    [Fact]
    public async Task Same_space_never_answers_with_another_models_vector()
    {
        RequireInt8();
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--set", $"FallbackModel={TestPaths.Model("tiny-bert-cls")}", "--set", "Onnx:Precision=int8")
        { Python = "/nonexistent" });
        await host.Log.WaitForAsync("worker:0 cannot work");
        using var response = await host.PostAsync(new { inputs = Reference.TextsAt(Few) });
        var problem = await Problem.ReadAsync(response);
        Assert.Equal(503, problem.Status);
        Assert.Contains("AKIDB_EMBEDDING_PYTHON_PATH", problem.Detail, StringComparison.Ordinal);
        Assert.NotNull(problem.RetryAfter);
        Assert.Equal("unavailable", (await host.ReadinessAsync(health => health.Status == "unavailable", "nothing serves")).Status);

        var second = await host.EmbedAsync(new { inputs = Reference.TextsAt(Few), fallback = "any" });
        Reference.TinyBertCls.CheckSimilar(second.Vectors, Few, 0.98);
        Assert.Contains("precision=int8", second.Space, StringComparison.Ordinal);
        Assert.True(second.Degraded);
        Assert.Contains("tiny-bert-cls", second.Model, StringComparison.Ordinal);
        Assert.Contains("tiny-bert-cls", second.Space, StringComparison.Ordinal);
        Assert.Equal(96, second.Dimension);
        Assert.Equal("in-process", second.ServedBy);
    }

    [Fact]
    public async Task Off_uses_workers_only()
    {
        Python.Require();
        await using var host = await BridgeHost.StartAsync(new HostSettings("--fallback", "off"));
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check(answer.Vectors, Few);
        Assert.Equal("worker:0", answer.ServedBy);
        Assert.False(answer.Degraded);
    }

    [Fact]
    public async Task In_process_answers_until_the_workers_are_there_and_then_they_take_over()
    {
        Python.Require();
        await using var host = await BridgeHost.StartAsync(new HostSettings());
        var first = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check(first.Vectors, Few);
        Assert.Equal(("in-process", true), (first.ServedBy, first.Degraded));
        var later = await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, answer => Reference.MiniLM.Check(answer.Vectors, Few), answer => answer.ServedBy == "worker:0", "the worker takes over");
        Assert.False(later.Degraded);
        Assert.Equal(first.Space, later.Space);
    }

    [Fact]
    public async Task Mock_says_so_in_every_answer()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Assert.Equal("mock", answer.ServedBy);
        Assert.Contains("mock", answer.Model, StringComparison.Ordinal);
        Assert.Contains("mock", answer.Space, StringComparison.Ordinal);
        Assert.Equal(384, answer.Dimension);
        Assert.Equal(answer.Vectors, (await host.EmbedAsync(Reference.TextsAt(Few))).Vectors);
    }

    // With int8 the in-process engine does not stand in for float32 workers; without Python nothing of the first model serves then.
    private static void RequireInt8() => Assert.SkipUnless(Onnx.VectorNeuralInstructions.IsSupported, "This processor has no VNNI.");
}
