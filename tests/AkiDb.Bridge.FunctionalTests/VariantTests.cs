using System.Text.Json.Nodes;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Configurations that published models may have and the folders of the test data have not, from the folder through the host to both engines.</summary>
public sealed class VariantTests
{
    private const int Components = 16;

    [Theory]
    [InlineData("tiny-qwen3.yarn-as-version-5-writes-it")]
    [InlineData("tiny-modernbert.a-rule-for-each-kind")]
    [InlineData("tiny-gemma3.only-itself")]
    [InlineData("tiny-bert-cls.six-poolings")]
    [InlineData("tiny-distilbert.dense-SELU")]
    public async Task Worker_and_in_process_engine_give_the_librarys_vectors_in_one_space(string name)
    {
        Python.Require();
        var every = JsonNode.Parse(await File.ReadAllTextAsync(TestPaths.Reference("variants.json"), Stop))!;
        var (index, variant) = every["variants"]!.AsArray().Index().Single(variant => (string)variant.Item!["name"]! == name);
        var model = (string)variant!["model"]!;
        using var copy = new ModelFolderCopy(model);
        foreach (var (file, members) in variant["files"]!.AsObject())
        {
            await ChangeAsync(Path.Combine(copy.Folder, file), members!.AsObject());
        }

        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", copy.Folder));
        int[] texts = [.. every["texts"]!.AsArray().Select(text => (int)text!)];
        var request = new { inputs = Reference.TextsAt(texts), fallback = "off" };
        var fromWorker = await host.EmbedAsync(request);
        Assert.Equal("worker:0", fromWorker.ServedBy);
        Signals.Send((await host.ReadinessAsync()).Worker.Pid!.Value, Signals.Kill);
        var fromHost = await host.EmbedAsync(Reference.TextsAt(texts));

        Assert.Equal(fromWorker.Space, fromHost.Space);
        var kept = texts.Length * Components;
        var expected = ReferenceAnswers.Vectors("variants")[(index * kept)..((index + 1) * kept)];
        foreach (var vectors in new[] { fromWorker.Vectors, fromHost.Vectors })
        {
            var sampled = vectors.SelectMany(vector => Enumerable.Range(0, Components).Select(i => vector[i * (vector.Length / Components)]));
            Assert.InRange(sampled.Zip(expected, (actual, wanted) => Math.Abs(actual - wanted)).Max(), 0, ReferenceAnswers.ToleranceOf(model));
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task ChangeAsync(string file, JsonObject members)
    {
        var content = JsonNode.Parse(await File.ReadAllTextAsync(file, Stop))!.AsObject();
        foreach (var (member, value) in members)
        {
            content.Remove(member);
            if (value is not null)
            {
                content[member] = value.DeepClone();
            }
        }

        await File.WriteAllTextAsync(file, content.ToJsonString(), Stop);
    }
}
