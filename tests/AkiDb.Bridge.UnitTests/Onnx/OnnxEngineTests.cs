using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class OnnxEngineTests
{
    private static readonly TransformerModel Model = ModelFolder.Read(TestPaths.Model("tiny-bert-cls"), "tiny-bert-cls");

    public static TheoryData<OnnxOptions> Options =>
    [
        new OnnxOptions { Threads = 1 },
        new OnnxOptions { Threads = 3, BatchTokens = 100 },
        new OnnxOptions { Memory = OnnxMemory.Shared },
        new OnnxOptions { Spinning = false, Arena = false },
    ];

    private static CancellationToken TestEnd => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Options_do_not_move_a_vector(OnnxOptions options)
    {
        await using var engine = OnnxEngine.Load(Model, options, TimeProvider.System);
        var texts = EngineCalls.Ids(Model).Take(64).ToArray();

        var rows = await EngineCalls.EmbedAsync(engine, Model, texts, TestEnd);

        var expected = ReferenceAnswers.Vectors(Model.Id).AsSpan(0, rows.Length);
        Assert.InRange(EngineCalls.Distance(rows, expected), 0, ReferenceAnswers.VectorTolerance);
    }

    [Theory]
    [InlineData("tiny-bert-cls")]
    [InlineData("tiny-qwen3")]
    [InlineData("tiny-modernbert")]
    [InlineData("tiny-mpnet")]
    [InlineData("tiny-gemma3")]
    public async Task Row_is_the_same_to_the_last_bit_whatever_else_is_in_its_batch(string name)
    {
        var model = ModelFolder.Read(TestPaths.Model(name), name);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions { Threads = 2 }, TimeProvider.System);
        var random = new Random(7);
        var size = model.Architecture.VocabularySize;
        int[][] texts = [.. Enumerable.Range(1, 80).Select(length => Enumerable.Range(0, length).Select(_ => random.Next(5, size)).ToArray())];
        var alone = new List<float[]>();
        foreach (var text in texts)
        {
            alone.Add(await EngineCalls.EmbedAsync(engine, model, [text], TestEnd));
        }

        for (var trial = 0; trial < 100; trial++)
        {
            var chosen = Enumerable.Range(0, random.Next(2, 40)).Select(_ => random.Next(texts.Length)).ToArray();

            var rows = await EngineCalls.EmbedAsync(engine, model, chosen.Select(text => texts[text]), TestEnd);

            Assert.All(chosen.Index(), pair => Assert.Equal(alone[pair.Item], rows[(pair.Index * model.Dimension)..((pair.Index + 1) * model.Dimension)]));
        }
    }

    [Fact]
    public async Task Eight_callers_each_get_their_own_rows()
    {
        await using var engine = OnnxEngine.Load(Model, new OnnxOptions(), TimeProvider.System);
        var texts = EngineCalls.Ids(Model);
        var expected = ReferenceAnswers.Vectors(Model.Id);

        var callers = Enumerable.Range(0, 8).Select(async caller =>
        {
            var mine = Enumerable.Range(0, texts.Length).Where(text => text % 8 == caller).ToArray();
            foreach (var part in mine.Chunk(1 + (caller * 3)))
            {
                var rows = await EngineCalls.EmbedAsync(engine, Model, part.Select(text => texts[text]), TestEnd);
                var answers = part.SelectMany(text => expected[(text * Model.Dimension)..((text + 1) * Model.Dimension)]).ToArray();
                Assert.InRange(EngineCalls.Distance(rows, answers), 0, ReferenceAnswers.VectorTolerance);
            }
        });

        await Task.WhenAll(callers);
    }

    [Fact]
    public async Task A_neighbour_that_turns_into_nan_stays_alone()
    {
        const int Poison = 5000;
        using var folder = new ModelCopy("tiny-bert-cls");
        folder.Fill("embeddings.word_embeddings.weight", Poison, float.NaN);
        var model = folder.Read() with { Pooling = Pooling.Max };
        await using var healthy = OnnxEngine.Load(Model with { Pooling = Pooling.Max }, new OnnxOptions(), TimeProvider.System);
        await using var engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
        int[][] texts = [[2, 10, 11, 3], [2, 9, 3]];
        var alone = await EngineCalls.EmbedAsync(healthy, model, texts, TestEnd);

        var rows = await EngineCalls.EmbedAsync(engine, model, [[2, Poison, 3], .. texts], TestEnd);

        Assert.All(rows[..model.Dimension], value => Assert.True(float.IsNaN(value)));
        Assert.InRange(EngineCalls.Distance(rows.AsSpan(model.Dimension), alone), 0, ReferenceAnswers.VectorTolerance);
    }

    [Fact]
    public async Task Cancellation_reaches_a_running_session()
    {
        await using var engine = OnnxEngine.Load(Model, new OnnxOptions(), TimeProvider.System);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(TestEnd);
        var rows = NotWritten(LongBatch.Texts);

        var call = engine.EmbedAsync(LongBatch, rows, EngineCalls.Timeout, caller.Token).AsTask();
        await caller.CancelAsync();

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(caller.Token, thrown.CancellationToken);
        Assert.Contains(rows, float.IsNaN);
        await AnswersStillAsync(engine);
    }

    [Fact]
    public async Task A_call_past_its_time_ends_with_deadline_exceeded()
    {
        var clock = new FakeTimeProvider();
        await using var engine = OnnxEngine.Load(Model, new OnnxOptions(), clock);
        var rows = NotWritten(LongBatch.Texts);

        var call = engine.EmbedAsync(LongBatch, rows, TimeSpan.FromSeconds(1), TestEnd).AsTask();
        clock.Advance(TimeSpan.FromSeconds(1));

        var reply = await call;
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, reply.Error?.Kind);
        Assert.Contains(rows, float.IsNaN);
        await AnswersStillAsync(engine);
    }

    [Fact]
    public async Task Dispose_lets_the_call_that_is_here_end_and_may_be_called_twice()
    {
        var engine = OnnxEngine.Load(Model, new OnnxOptions(), TimeProvider.System);
        var batch = EngineCalls.Batch(EngineCalls.Ids(Model).Take(64));

        var call = engine.EmbedAsync(batch, new float[batch.Texts * Model.Dimension], EngineCalls.Timeout, TestEnd);
        await Task.WhenAll(engine.DisposeAsync().AsTask(), engine.DisposeAsync().AsTask());

        Assert.Null((await call).Error);
        var late = await engine.EmbedAsync(batch, new float[batch.Texts * Model.Dimension], EngineCalls.Timeout, TestEnd);
        Assert.Equal(BridgeErrorKind.EngineFault, late.Error?.Kind);
    }

    /// <summary>Long enough that no machine finishes it before the test has ended it.</summary>
    private static TokenBatch LongBatch { get; } =
        EngineCalls.Batch(Enumerable.Repeat(Enumerable.Range(0, Model.MaxTokens).Select(id => id + 10).ToArray(), 400));

    private static float[] NotWritten(int texts)
    {
        var rows = new float[texts * Model.Dimension];
        Array.Fill(rows, float.NaN);
        return rows;
    }

    private static async Task AnswersStillAsync(OnnxEngine engine)
    {
        var batch = EngineCalls.Batch(EngineCalls.Ids(Model).Take(1));
        var reply = await engine.EmbedAsync(batch, new float[Model.Dimension], Timeout.InfiniteTimeSpan, TestEnd);
        Assert.Null(reply.Error);
    }
}
