using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class LoadTests
{
    private const string Name = "tiny-bert-cls";

    public static TheoryData<OnnxMemory> Memories => [.. Enum.GetValues<OnnxMemory>()];

    [Theory]
    [MemberData(nameof(Memories))]
    public async Task Weights_behind_a_symbolic_link_are_read(OnnxMemory memory)
    {
        using var folder = new ModelCopy(Name);
        var model = folder.Read();
        await using var engine = OnnxEngine.Load(model, new OnnxOptions { Memory = memory }, TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model).Take(1), TestContext.Current.CancellationToken);

        var expected = ReferenceAnswers.Vectors(Name).AsSpan(0, model.Dimension);
        Assert.InRange(EngineCalls.Distance(rows, expected), 0, ReferenceAnswers.VectorTolerance);
    }

    [Theory]
    [MemberData(nameof(Memories))]
    public void A_file_that_was_truncated_since_it_was_read_is_refused(OnnxMemory memory)
    {
        using var folder = new ModelCopy(Name);
        var model = folder.Read();
        folder.Truncate(bytes: new FileInfo(folder.WeightsFile).Length / 2);

        AssertRefused(model, new OnnxOptions { Memory = memory }, folder.WeightsFile, "was changed while it was read");
    }

    [Theory]
    [MemberData(nameof(Memories))]
    public async Task A_file_that_is_deleted_or_overwritten_after_it_was_sealed_is_still_served(OnnxMemory memory)
    {
        using var folder = new ModelCopy(Name);
        var model = folder.Read();
        model.Seal(TestContext.Current.CancellationToken);
        File.WriteAllBytes(folder.WeightsFile, new byte[10]);
        File.Delete(folder.WeightsFile);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions { Memory = memory }, TimeProvider.System);

        var rows = await EngineCalls.EmbedAsync(engine, model, EngineCalls.Ids(model).Take(1), TestContext.Current.CancellationToken);

        var expected = ReferenceAnswers.Vectors(Name).AsSpan(0, model.Dimension);
        Assert.InRange(EngineCalls.Distance(rows, expected), 0, ReferenceAnswers.VectorTolerance);
    }

    [Fact]
    public void A_missing_tensor_is_refused()
    {
        const string Missing = "encoder.layer.1.output.dense.bias";
        var model = ModelFolder.Read(TestPaths.Model(Name), Name);
        var tensors = model.Weights.Tensors.Where(tensor => tensor.Key != Missing).ToDictionary();

        AssertRefused(model with { Weights = model.Weights with { Tensors = tensors } }, new OnnxOptions(), Missing);
    }

    [Fact]
    public void A_wrong_shape_is_refused()
    {
        var model = ModelFolder.Read(TestPaths.Model(Name), Name);
        var narrow = (EncoderArchitecture)model.Architecture with { IntermediateSize = 128 };

        AssertRefused(model with { Architecture = narrow }, new OnnxOptions(), "[256, 96]", "[128, 96]");
    }

    [Fact]
    public void Weights_of_a_type_without_float_values_are_refused()
    {
        var model = ModelFolder.Read(TestPaths.Model(Name), Name);
        var tensors = model.Weights.Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value with { Type = "I8" });

        AssertRefused(model with { Weights = model.Weights with { Tensors = tensors } }, new OnnxOptions(), "I8");
    }

    [Fact]
    public void What_onnx_runtime_refuses_is_a_bad_model()
    {
        var model = ModelFolder.Read(TestPaths.Model(Name), Name);

        var thrown = Assert.Throws<BridgeException>(() => OnnxSessions.Open(model, new OnnxModel([1, 2, 3], [], [], 0), new OnnxOptions(), 1));

        Assert.Equal(BridgeErrorKind.BadModel, thrown.Error.Kind);
        Assert.Contains(Name, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lack_of_memory_has_its_own_error() =>
        Assert.Equal(BridgeErrorKind.OutOfMemory, OnnxFailure.OfRun(new InsufficientMemoryException()).Kind);

    private static void AssertRefused(TransformerModel model, OnnxOptions options, params string[] words)
    {
        var thrown = Assert.Throws<BridgeException>(() => OnnxEngine.Load(model, options, TimeProvider.System));
        Assert.Equal(BridgeErrorKind.BadModel, thrown.Error.Kind);
        Assert.All(words, word => Assert.Contains(word, thrown.Message, StringComparison.Ordinal));
    }
}
