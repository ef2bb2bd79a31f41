using System.Net;
using System.Net.Http.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Which model may answer when the workers cannot: nobody gets a vector of another space without asking for it.</summary>
public sealed class FallbackPolicyTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Theory]
    [InlineData("tiny-bert-cls")]
    [InlineData("tiny-qwen3")]
    public async Task Any_answers_with_the_second_model_and_says_so_and_a_request_may_be_stricter(string name)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--model", TestPaths.Model(name), "--set", "Worker:Encoder=sentence-transformers", "--fallback", "any", "--set", "FallbackModel=all-MiniLM-L6-v2")
        { Python = "/nonexistent" });
        await host.Log.WaitForAsync("worker:0 cannot work");
        await CheckSecondModelAsync(host, new { inputs = Reference.TextsAt(Few) });

        // This route's answer cannot say which model gave it.
        using var hidden = await host.Client.PostAsJsonAsync("/embed", new { inputs = Reference.TextsAt(Few) }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, hidden.StatusCode);
        foreach (var fallback in new[] { "same-space", "off" })
        {
            using var response = await host.PostAsync(new { inputs = Reference.TextsAt(Few), fallback });
            Assert.Equal(503, (await Problem.ReadAsync(response)).Status);
        }
    }

    [Theory]
    [InlineData("tiny-bert-cls")]
    [InlineData("tiny-qwen3")]
    public async Task Same_space_never_answers_with_another_models_vector(string name)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(
            "--model", TestPaths.Model(name), "--set", "Worker:Encoder=sentence-transformers", "--set", "FallbackModel=all-MiniLM-L6-v2")
        { Python = "/nonexistent" });
        await host.Log.WaitForAsync("worker:0 cannot work");
        using var response = await host.PostAsync(new { inputs = Reference.TextsAt(Few) });
        var problem = await Problem.ReadAsync(response);
        Assert.Equal(503, problem.Status);
        Assert.Contains("AKIDB_EMBEDDING_PYTHON_PATH", problem.Detail, StringComparison.Ordinal);
        Assert.NotNull(problem.RetryAfter);
        Assert.Equal("unavailable", (await host.ReadinessAsync(health => health.Status == "unavailable", "nothing serves")).Status);
        await CheckSecondModelAsync(host, new { inputs = Reference.TextsAt(Few), fallback = "any" });
    }

    [Fact]
    public async Task Workers_serve_a_model_that_the_in_process_engine_refuses()
    {
        Python.Require();
        using var program = new ProgramCopy().WithoutOnnxRuntime();
        await using var host = await BridgeHost.StartAsync(new HostSettings("--model", TestPaths.Model("tiny-bert-cls")) { Program = program.Executable });
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.TinyBertCls.Check(answer.Vectors, Few);
        Assert.Equal("worker:0", answer.ServedBy);
        var health = await host.ReadinessAsync(health => health.Status == "degraded", "there is no fallback");
        Assert.Contains(health.Reasons, reason => reason.Contains("in-process engine could not be loaded", StringComparison.Ordinal));
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

    private static async Task CheckSecondModelAsync(BridgeHost host, object request)
    {
        var second = await host.EmbedAsync(request);
        Reference.MiniLM.Check(second.Vectors, Few);
        Assert.True(second.Degraded);
        Assert.Equal("sentence-transformers/all-MiniLM-L6-v2", second.Model);
        Assert.StartsWith("sentence-transformers/all-MiniLM-L6-v2;", second.Space, StringComparison.Ordinal);
        Assert.Equal(384, second.Dimension);
        Assert.Equal("in-process", second.ServedBy);
    }
}
