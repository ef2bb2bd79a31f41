using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class OnnxSessionsTests
{
    private const string Name = "tiny-bert-cls";
    private const int Cores = 2;

    public static TheoryData<OnnxMemory> Memories => [.. Enum.GetValues<OnnxMemory>()];

    [Theory]
    [MemberData(nameof(Memories))]
    public void The_wide_session_comes_later_and_gives_the_same_vectors(OnnxMemory memory)
    {
        var model = ModelFolder.Read(TestPaths.Model(Name), Name);
        var graph = GraphBuilder.Build(model);
        using var sessions = OnnxSessions.Open(model, graph, new OnnxOptions { Memory = memory }, Cores);
        Assert.Same(sessions.Narrow, sessions.Wide);

        sessions.Widen();
        var wide = sessions.Wide;
        sessions.Widen();

        Assert.NotSame(sessions.Narrow, wide);
        Assert.Same(wide, sessions.Wide);
        Assert.InRange(EngineCalls.Distance(Run(wide, graph, model), Run(sessions.Narrow, graph, model)), 0, ReferenceAnswers.VectorTolerance);
    }

    [Theory]
    [InlineData(OnnxMemory.Fast, true)]
    [InlineData(OnnxMemory.Fast, false)]
    [InlineData(OnnxMemory.Shared, true)]
    [InlineData(OnnxMemory.Shared, false)]
    public void When_the_weights_file_is_overwritten_or_gone_both_sessions_serve_what_was_loaded(OnnxMemory memory, bool overwritten)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A mapped file cannot be deleted here.");
        using var folder = new ModelCopy(Name);
        var model = folder.Read();
        var graph = GraphBuilder.Build(model);
        using var sessions = OnnxSessions.Open(model, graph, new OnnxOptions { Memory = memory }, Cores);
        var length = new FileInfo(folder.WeightsFile).Length;
        if (overwritten)
        {
            File.WriteAllBytes(folder.WeightsFile, new byte[length]);
        }
        else
        {
            File.Delete(folder.WeightsFile);
        }

        sessions.Widen();

        Assert.NotSame(sessions.Narrow, sessions.Wide);
        var expected = ReferenceAnswers.Vectors(Name).AsSpan(0, model.Dimension);
        Assert.InRange(EngineCalls.Distance(Run(sessions.Narrow, graph, model), expected), 0, ReferenceAnswers.VectorTolerance);
        Assert.InRange(EngineCalls.Distance(Run(sessions.Wide, graph, model), expected), 0, ReferenceAnswers.VectorTolerance);
    }

    [Fact]
    public void One_core_needs_one_session()
    {
        var model = ModelFolder.Read(TestPaths.Model(Name), Name);
        using var sessions = OnnxSessions.Open(model, GraphBuilder.Build(model), new OnnxOptions(), cores: 1);

        sessions.Widen();

        Assert.Same(sessions.Narrow, sessions.Wide);
    }

    private static float[] Run(InferenceSession session, OnnxModel graph, TransformerModel model)
    {
        var batch = EngineCalls.Batch(EngineCalls.Ids(model).Take(1));
        var rows = new float[model.Dimension];
        using var call = new EmbedCall(batch, rows, CallPlan.Create(batch.Lengths.Span, new OnnxOptions().BatchTokens, Cores));
        using var runner = new Runner(graph, model);
        runner.Run(session, call, call.Plan.Batches[0]);
        return model.Normalize ? EngineCalls.Normalized(rows, model.Dimension) : rows;
    }
}
