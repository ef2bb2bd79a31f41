using System.Text.Json;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.UnitTests.Onnx;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>Configurations that published models may have and the folders of the test data have not, against what the library answers for them.</summary>
public sealed class VariantTests
{
    private const int Components = 16;

    private static readonly JsonElement Every = JsonElement.Parse(File.ReadAllBytes(TestPaths.Reference("variants.json")));

    private static readonly int[] Texts = [.. Every.GetProperty("texts").EnumerateArray().Select(text => text.GetInt32())];

    public static TheoryData<string> Names => [.. Variants.Select(variant => variant.GetProperty("name").GetString()!)];

    private static IEnumerable<JsonElement> Variants => Every.GetProperty("variants").EnumerateArray();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Texts_together_and_alone_have_the_librarys_vectors(string name)
    {
        var (index, variant) = Variants.Index().Single(variant => variant.Item.GetProperty("name").GetString() == name);
        using var copy = Write(variant);
        var model = copy.Read() with { Id = variant.GetProperty("model").GetString()! };
        using var content = model.Content;
        await using var engine = OnnxEngine.Load(model, new OnnxOptions { BatchTokens = 2048 }, TimeProvider.System);
        var ids = EngineCalls.Ids(model);
        int[][] texts = [.. Texts.Select(text => ids[text])];

        var together = await EngineCalls.EmbedAsync(engine, model, texts, TestContext.Current.CancellationToken);
        var alone = new List<float>();
        foreach (var text in texts)
        {
            alone.AddRange(await EngineCalls.EmbedAsync(engine, model, [text], TestContext.Current.CancellationToken));
        }

        var kept = Texts.Length * Components;
        var expected = ReferenceAnswers.Vectors("variants").AsSpan(index * kept, kept);
        Assert.InRange(EngineCalls.Distance(Sampled(together, model.Dimension), expected), 0, ReferenceAnswers.ToleranceOf(model.Id));
        Assert.InRange(EngineCalls.Distance(Sampled([.. alone], model.Dimension), expected), 0, ReferenceAnswers.ToleranceOf(model.Id));
    }

    [Fact]
    public async Task Every_variant_is_a_space_of_its_own()
    {
        var values = new List<string>();
        foreach (var variant in Variants.Where(variant => !variant.TryGetProperty("biases", out _)))
        {
            using var copy = Write(variant);
            var model = copy.Read();
            using var content = model.Content;
            values.Add((await ModelFingerprints.ComputeAsync(model, TestContext.Current.CancellationToken)).Value);
        }

        Assert.Equal(values.Count, values.Distinct().Count());
    }

    private static ModelCopy Write(JsonElement variant)
    {
        var copy = new ModelCopy(variant.GetProperty("model").GetString()!);
        if (variant.TryGetProperty("biases", out var biases))
        {
            AddBiases(copy, [.. biases.EnumerateArray().Select(name => name.GetString()!)]);
        }

        foreach (var file in variant.TryGetProperty("files", out var files) ? files.EnumerateObject() : default)
        {
            foreach (var member in file.Value.EnumerateObject())
            {
                copy.Set(file.Name, member.Name, member.Value.ValueKind == JsonValueKind.Null ? null : member.Value.GetRawText());
            }
        }

        return copy;
    }

    /// <summary>A bias is made of the first values of its weight.</summary>
    private static void AddBiases(ModelCopy copy, string[] linears)
    {
        const string weight = ".weight";
        var tensors = copy.Read().Weights.Tensors.Select(pair => (Name: pair.Key, Tensor: pair.Value)).ToList();
        var added = tensors.Where(tensor => linears.Any(linear => tensor.Name.EndsWith($"{linear}{weight}", StringComparison.Ordinal))).Select(tensor => (
            tensor.Name[..^weight.Length] + ".bias",
            tensor.Tensor with { Shape = [tensor.Tensor.Shape[0]], Length = tensor.Tensor.Length / tensor.Tensor.Shape[1] })).ToList();
        copy.Delete("model.safetensors");
        SafetensorsWriter.Write(Path.Combine(copy.Folder, "model.safetensors"), [.. tensors, .. added]);
    }

    private static float[] Sampled(float[] rows, int dimension) =>
        [.. rows.Chunk(dimension).SelectMany(row => Enumerable.Range(0, Components).Select(i => row[i * (dimension / Components)]))];
}
