using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The families of models that people use, through both engines. The folders that are too many for the checkout lie beside it.</summary>
public sealed class FamilyTests
{
    private const int BatchSize = 64;

    public static TheoryData<string> Families =>
    [
        "tiny-bert-unigram", "tiny-distilbert", "tiny-gemma3", "tiny-gte-new", "tiny-gte-new-multilingual", "tiny-jina-bert", "tiny-labse", "tiny-modernbert",
        "tiny-mpnet", "tiny-nomic-bert", "tiny-qwen2", "tiny-roberta", "tiny-xlm-roberta",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    [Trait("Python", "every")]
    public async Task Every_text_has_the_reference_vector_from_the_worker_and_when_it_is_killed_from_the_in_process_engine(string name)
    {
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", Require(name)));

        var space = await CheckAllAsync(host, name, "worker:0");
        Assert.DoesNotContain("library=", space, StringComparison.Ordinal);
        Signals.Send((await host.ReadinessAsync()).Worker.Pid!.Value, Signals.Kill);
        var answer = await host.EmbedAsync(Reference.TextsAt([0, 1, 2]));

        Assert.Equal(space, answer.Space);
        Check(name, answer.Vectors, ReferenceAnswers.Vectors(name).AsSpan(0, answer.Vectors.Sum(vector => vector.Length)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task Every_text_has_the_reference_vector_from_the_in_process_engine(string name)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--model", Require(name), "--provider", "onnx"));

        await CheckAllAsync(host, name, "in-process");
    }

    [Theory]
    [InlineData("tiny-gemma3", "query")]
    [InlineData("tiny-gemma3", "document")]
    [InlineData("tiny-qwen2", "query")]
    public async Task A_prompt_stands_before_the_text_in_both_engines(string name, string prompt)
    {
        var expected = ReferenceAnswers.Vectors($"{Require(name).Split('/')[^1]}.{prompt}");
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", Require(name)));
        var request = new { inputs = Reference.TextsAt(Enumerable.Range(0, BatchSize)), prompt_name = prompt };

        Check(name, (await host.EmbedAsync(request)).Vectors, expected);
        Signals.Send((await host.ReadinessAsync()).Worker.Pid!.Value, Signals.Kill);
        Check(name, (await host.EmbedAsync(request)).Vectors, expected);
    }

    [Fact]
    public async Task Dimensions_are_cut_behind_the_dense_modules()
    {
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", Require("tiny-gemma3")));

        var answer = await host.EmbedAsync(new { inputs = Reference.TextsAt(Enumerable.Range(0, BatchSize)), dimensions = 32 });

        Check("tiny-gemma3", answer.Vectors, ReferenceAnswers.Vectors("tiny-gemma3.dimensions-32"));
    }

    [Fact]
    public async Task Decoder_that_is_not_causal_sees_what_follows_in_both_engines()
    {
        using var copy = new ModelFolderCopy(Path.GetFileName(Require("tiny-qwen2")));
        var config = Path.Combine(copy.Folder, "config.json");
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config, Stop)).Replace("\"use_cache\"", "\"is_causal\": false, \"use_cache\"", StringComparison.Ordinal), Stop);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", copy.Folder));
        var (texts, expected) = (Reference.TextsAt(Enumerable.Range(0, BatchSize)), ReferenceAnswers.Vectors("tiny-qwen2.bidirectional"));

        Check("tiny-qwen2", (await host.EmbedAsync(texts)).Vectors, expected);
        Signals.Send((await host.ReadinessAsync()).Worker.Pid!.Value, Signals.Kill);
        Check("tiny-qwen2", (await host.EmbedAsync(texts)).Vectors, expected);
    }

    [Fact]
    public async Task Configuration_with_older_names_is_the_same_model()
    {
        using var copy = new ModelFolderCopy(Path.GetFileName(Require("tiny-nomic-bert")));
        File.Copy(Path.Combine(Require("tiny-nomic-bert-old-config"), "config.json"), Path.Combine(copy.Folder, "config.json"), overwrite: true);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", copy.Folder));
        var answer = await host.EmbedAsync(Reference.TextsAt(Enumerable.Range(0, BatchSize)));

        Check("tiny-nomic-bert", answer.Vectors, ReferenceAnswers.Vectors("tiny-nomic-bert").AsSpan(0, BatchSize * answer.Vectors[0].Length));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Checks every text, and those with added tokens; the space of their vectors.</summary>
    private static async Task<string> CheckAllAsync(BridgeHost host, string name, string engine)
    {
        var expected = ReferenceAnswers.Vectors(name);
        var dimension = expected.Length / Reference.Texts.Count;
        foreach (var batch in Enumerable.Range(0, Reference.Texts.Count).Chunk(BatchSize))
        {
            // What is too much for a worker at the moment may be shared with the in-process engine, unless the caller forbids it.
            var answer = await host.EmbedAsync(new { inputs = Reference.TextsAt(batch), timeout = "2m", fallback = engine == "in-process" ? null : "off" });

            Assert.Equal(engine, answer.ServedBy);
            Check(name, answer.Vectors, expected.AsSpan(batch[0] * dimension, batch.Length * dimension));
        }

        var special = await host.EmbedAsync(new { inputs = ReferenceAnswers.SpecialTexts, timeout = "2m" });
        Check(name, special.Vectors, ReferenceAnswers.Vectors($"{name}.special"));
        return special.Space;
    }

    private static string Require(string name)
    {
        Python.Require();
        var folder = TestPaths.Model(name);
        Assert.SkipUnless(Directory.Exists(folder), $"The model {name} does not lie beside this checkout.");
        return folder;
    }

    private static void Check(string name, IReadOnlyList<float[]> vectors, ReadOnlySpan<float> expected)
    {
        var actual = vectors.SelectMany(vector => vector).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        var worst = 0f;
        for (var i = 0; i < actual.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs(actual[i] - expected[i]));
        }

        Assert.InRange(worst, 0, ReferenceAnswers.ToleranceOf(name));
    }
}
