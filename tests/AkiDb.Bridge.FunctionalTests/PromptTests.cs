using System.Text.Json.Nodes;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Prompts whose tokens are not pooled, from the folder through the host to both engines.</summary>
public sealed class PromptTests
{
    private const string Prompt = "Represent the sentence for retrieval:";

    [Theory]
    [InlineData("tiny-bert-cls", "mean")]
    [InlineData("tiny-qwen3", "weightedmean")]
    [InlineData("tiny-xlm-roberta", "cls+mean+max+mean_sqrt_len_tokens+weightedmean+lasttoken")]
    public async Task Texts_behind_several_prompts_at_once_have_the_librarys_vectors_from_both_engines(string model, string pooling)
    {
        Python.Require();
        using var copy = new ModelFolderCopy(model);
        foreach (var change in PromptCases.Changes(model, pooling))
        {
            await SetAsync(Path.Combine(copy.Folder, change.File), change.Member, change.Value);
        }

        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", copy.Folder));
        var fromWorker = await EveryPairAsync(host);
        Signals.Send((await host.ReadinessAsync()).Worker.Pid!.Value, Signals.Kill);
        var fromHost = await EveryPairAsync(host, mayFallBack: true);

        Assert.All(fromWorker, answer => Assert.Equal("worker:0", answer.ServedBy));
        Assert.Contains(fromHost, answer => answer.ServedBy == "in-process");
        Assert.Equal(fromWorker.Select(answer => answer.Space), fromHost.Select(answer => answer.Space));
        foreach (var answers in new[] { fromWorker, fromHost })
        {
            var sampled = PromptCases.Sampled(answers.Select(answer => Assert.Single(answer.Vectors)));
            Assert.InRange(sampled.Zip(PromptCases.Expected(model, pooling), (actual, wanted) => Math.Abs(actual - wanted)).Max(), 0, ReferenceAnswers.ToleranceOf(model));
            Assert.Equal(PromptCases.Ids(model).Zip(PromptCases.Pairs, (ids, pair) => ids.Length - (pair.Prompt.Length > 0 ? 1 : 0)), answers.Select(answer => answer.TotalTokens));
        }
    }

    [Fact]
    public async Task Text_that_holds_the_prompt_itself_shares_nothing_with_a_text_behind_it()
    {
        Python.Require();
        using var copy = new ModelFolderCopy("tiny-bert-cls");
        foreach (var change in PromptCases.Changes("tiny-bert-cls", "mean"))
        {
            await SetAsync(Path.Combine(copy.Folder, change.File), change.Member, change.Value);
        }

        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", copy.Folder));
        var answers = await Task.WhenAll(
            host.EmbedAsync(new { inputs = new[] { "A short text." }, prompt = Prompt }),
            host.EmbedAsync(new { inputs = new[] { Prompt + "A short text." } }),
            host.EmbedAsync(new { inputs = new[] { "A short text." }, prompt = Prompt }));

        Assert.Equal(answers[0].Vectors[0], answers[2].Vectors[0]);
        Assert.NotEqual(answers[0].Vectors[0], answers[1].Vectors[0]);
        Assert.Equal(answers[0].TotalTokens, answers[1].TotalTokens);
        Assert.Contains("pooling=mean-without-prompt;", answers[0].Space, StringComparison.Ordinal);
        Assert.Contains("pooling=mean;prompt=none;", answers[1].Space, StringComparison.Ordinal);
    }

    private static Task<EmbedAnswer[]> EveryPairAsync(BridgeHost host, bool mayFallBack = false) => Task.WhenAll(
        PromptCases.Pairs.Select(pair => host.EmbedAsync(new { inputs = new[] { pair.Text }, prompt = pair.Prompt, fallback = mayFallBack ? "same-space" : "off" })));

    private static async Task SetAsync(string file, string member, string? value)
    {
        var content = JsonNode.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken))!.AsObject();
        content.Remove(member);
        if (value is not null)
        {
            content[member] = JsonNode.Parse(value);
        }

        await File.WriteAllTextAsync(file, content.ToJsonString(), TestContext.Current.CancellationToken);
    }
}
