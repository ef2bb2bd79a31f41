using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Workers that run the sentence-transformers library: its vectors, its tokens, its prompts.</summary>
[Trait("Python", "every")]
public sealed class LibraryEncoderTests(LibraryModels models) : IClassFixture<LibraryModels>
{
    private const string Encoder = "Worker:Encoder=sentence-transformers";
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Fact]
    public async Task MiniLM_by_the_library_is_another_space_with_the_reference_vectors()
    {
        LibraryModels.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(Settings("--set", Encoder));
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));

        Reference.MiniLM.Check(answer.Vectors, Few);
        Assert.Equal(("worker:0", false), (answer.ServedBy, answer.Degraded));
        Assert.EndsWith(";library=sentence-transformers", answer.Space, StringComparison.Ordinal);
        Assert.Equal("off", (await host.StatusAsync()).InProcess);

        var longText = string.Join(' ', Enumerable.Repeat("word", 1000));
        var cut = await host.EmbedAsync("Hello, world", longText);
        Assert.Equal([false, true], cut.Truncated);
        Assert.Equal(5 + 256, cut.TotalTokens);
        using var refused = await host.PostAsync(new { inputs = new[] { "Hello, world", longText }, truncate = false });
        Assert.Equal((422, 1), await Problem.ReadAsync(refused) is var problem ? (problem.Status, problem.Input) : default);
    }

    [Fact]
    public async Task Worker_with_the_library_killed_no_request_is_lost()
    {
        LibraryModels.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(Settings("--set", Encoder, "--set", "Dispatch:Timeout=2m"));
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        var requests = Reference.MiniLM.All.Take(128).Chunk(16).Select(async some => (Some: some, Answer: await host.EmbedAsync(Reference.TextsAt(some)))).ToList();
        await await Task.WhenAny(requests);
        Signals.Send(before, Signals.Kill);

        foreach (var (some, answer) in await Task.WhenAll(requests))
        {
            Reference.MiniLM.Check(answer.Vectors, some);
        }

        Assert.NotEqual(before, await host.WorkerReadyAsync(before));
    }

    [Fact]
    public async Task Model_that_only_the_library_understands_is_served_unasked()
    {
        const string name = "two-poolings";
        LibraryModels.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(Settings("--model", models.Folder(name)));
        Assert.Contains(name, await host.Log.WaitForAsync("is computed by the sentence-transformers library"), StringComparison.Ordinal);
        foreach (var group in models.Answers(name).GroupBy(answer => answer.Prompt))
        {
            var answer = await host.EmbedAsync(new { inputs = group.Select(one => one.Text), prompt = group.Key });
            Check(group, answer);
        }
    }

    [Fact]
    public async Task Prompts_are_chosen_by_name_and_the_models_default_is_used_unasked()
    {
        LibraryModels.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(Settings("--model", models.Folder("two-poolings")));
        var answers = models.Answers("two-poolings");
        var texts = answers.Select(answer => answer.Text).Distinct().ToArray();
        var (query, none) = (answers.Where(answer => answer.Prompt.Length > 0), answers.Where(answer => answer.Prompt.Length == 0));

        var unasked = await host.EmbedAsync(texts);
        Check(query, unasked);
        Check(query, await host.EmbedAsync(new { inputs = texts, prompt_name = "query" }));
        var without = await host.EmbedAsync(new { inputs = texts, prompt_name = "none" });
        Check(none, without);
        Assert.NotEqual(unasked.Space, without.Space);
    }

    [Fact]
    public async Task Python_without_the_library_is_a_503_that_says_what_to_install()
    {
        Python.Require();
        await using var host = await BridgeHost.StartAsync(new HostSettings("--set", Encoder) { Environment = WithoutLibrary() });
        await host.Log.WaitForAsync("pip install sentence-transformers");
        using var response = await host.PostAsync(new { inputs = new[] { "a text" } });
        var problem = await Problem.ReadAsync(response);

        Assert.Equal(503, problem.Status);
        Assert.Contains("pip install sentence-transformers", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_without_workers_refuses_what_only_the_library_understands()
    {
        using var copy = new ModelFolderCopy("tiny-bert-cls");
        var config = Path.Combine(copy.Folder, "config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config, Stop)).Replace("\"bert\"", "\"albert\"", StringComparison.Ordinal), Stop);
        await using var process = BridgeProcess.Start("serve", new HostSettings("--port", "0", "--provider", "onnx", "--model", copy.Folder));

        Assert.NotEqual(0, await process.WaitForExitAsync());
        Assert.Contains("albert", process.Evidence(), StringComparison.Ordinal);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static HostSettings Settings(params string[] arguments) => new(arguments) { Python = LibraryModels.Python };

    // Where the workers' own Python has the library, one that fails to import stands before it.
    private static Dictionary<string, string?> WithoutLibrary() => new() { ["PYTHONPATH"] = Path.Combine(TestPaths.Repository, "tests", "data", "no-library") };

    private static void Check(IEnumerable<LibraryAnswer> expected, EmbedAnswer actual)
    {
        Assert.Equal(expected.Sum(one => one.Tokens), actual.TotalTokens);
        Assert.All(expected.Zip(actual.Vectors), pair => Assert.Equal(pair.First.Vector.Length, pair.Second.Length));
        Assert.All(
            expected.Zip(actual.Vectors).SelectMany(pair => pair.First.Vector.Zip(pair.Second)),
            pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, ReferenceAnswers.VectorTolerance));
    }
}
