using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.StaticEmbeddings;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Models;
using AkiDb.Bridge.UnitTests.Onnx;
using AkiDb.Bridge.UnitTests.Tokenizing;

namespace AkiDb.Bridge.UnitTests.StaticEmbeddings;

public sealed class StaticEngineTests
{
    [Theory]
    [InlineData("tiny-static", 4e-5f)]
    [InlineData("tiny-model2vec", 6e-6f)]
    public async Task Every_text_has_the_reference_vector_alone_and_in_batches(string name, float tolerance)
    {
        var model = StaticFolder.Read(SharedModels.Require(name), name);
        await using var engine = StaticEngine.Load(model, TimeProvider.System);
        var texts = ReferenceAnswers.Texts.Select(text => text.Text).ToArray();
        var expected = ReferenceAnswers.Vectors(name);

        Assert.InRange(EngineCalls.Distance(await EmbedAsync(engine, model, texts), expected), 0, tolerance);
        foreach (var (index, text) in texts.Index())
        {
            Assert.InRange(EngineCalls.Distance(await EmbedAsync(engine, model, [text]), expected.AsSpan(index * model.Dimension, model.Dimension)), 0, tolerance);
        }

        var special = await EmbedAsync(engine, model, ReferenceAnswers.SpecialTexts);
        Assert.InRange(EngineCalls.Distance(special, ReferenceAnswers.Vectors($"{name}.special")), 0, tolerance);
    }

    [Theory]
    [InlineData("tiny-static")]
    [InlineData("tiny-model2vec")]
    public void Every_text_has_the_reference_ids(string name)
    {
        var tokenizer = TokenizerFile.Load(StaticFolder.Read(SharedModels.Require(name), name));

        Assert.All(ReferenceAnswers.Texts.Zip(ReferenceAnswers.TokenIds(name)).Where(pair => pair.Second.Length > 0), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First.Text)));
        Assert.All(ReferenceAnswers.SpecialTexts.Zip(ReferenceAnswers.SpecialTokenIds(name)).Where(pair => pair.Second.Length > 0), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First)));
    }

    [Fact]
    public async Task Text_without_tokens_is_zero_and_counts_none()
    {
        using var copy = new StaticCopy(StaticCopy.Modules.Replace("]", """, {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"}]""", StringComparison.Ordinal));
        var model = copy.Weights(Table("F32")).Read();
        await using var engine = StaticEngine.Load(model, TimeProvider.System);
        var inputs = TokenizeWork.All(TokenizerFile.Load(model), model, ["", "a word", "", "  "]);

        var rows = await EmbedAsync(engine, model, inputs.ToBatch());

        Assert.True(model.Normalize);
        Assert.Equal([0, 2, 0, 0], inputs.LengthsWithout(model.NoToken));
        Assert.All(new[] { 0, 2, 3 }, text => Assert.Equal(new float[StaticCopy.Dimension], rows.AsSpan(text * StaticCopy.Dimension, StaticCopy.Dimension).ToArray()));
        Assert.Equal(1, Math.Sqrt(rows.AsSpan(StaticCopy.Dimension, StaticCopy.Dimension).ToArray().Sum(value => value * (double)value)), 6);
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("F64")]
    [InlineData("I8")]
    public async Task Table_of_every_type_gives_the_mean_of_its_rows(string type)
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var model = copy.Weights(Table(type)).Read();
        await using var engine = StaticEngine.Load(model, TimeProvider.System);

        var rows = await EmbedAsync(engine, model, new TokenBatch(new[] { 3, 4, 4, 9, 4999, 0, StaticCopy.Tokens }, new[] { 3, 2, 1, 1 }));

        Assert.Equal(Mean(3, 4, 4), rows.AsSpan(0, StaticCopy.Dimension));
        Assert.Equal(Mean(9, 4999), rows.AsSpan(StaticCopy.Dimension, StaticCopy.Dimension));
        Assert.Equal(Mean(0), rows.AsSpan(2 * StaticCopy.Dimension, StaticCopy.Dimension));
        Assert.Equal(new float[StaticCopy.Dimension], rows.AsSpan(3 * StaticCopy.Dimension));
    }

    [Theory]
    [InlineData("I64", "F32")]
    [InlineData("I32", "F16")]
    [InlineData("I64", "F64")]
    public async Task Token_has_the_row_of_the_mapping_times_its_weight(string mappingType, string weightType)
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var rowOf = Enumerable.Range(0, StaticCopy.Tokens).Select(token => token % 10).ToArray();
        var model = copy.Weights(
            Table("F32", 10),
            ("mapping", mappingType, [StaticCopy.Tokens], Bytes(mappingType, rowOf.Select(row => (double)row))),
            ("weights", weightType, [StaticCopy.Tokens], Bytes(weightType, rowOf.Select((_, token) => token % 4 * 0.5)))).Read();
        await using var engine = StaticEngine.Load(model, TimeProvider.System);

        var rows = await EmbedAsync(engine, model, new TokenBatch(new[] { 13, 4999 }, new[] { 2 }));

        Assert.Equal(StaticCopy.Tokens, model.VocabularySize);
        Assert.Equal(Enumerable.Range(0, StaticCopy.Dimension).Select(column => (float)(((Value(3, column) * 0.5) + (Value(9, column) * 1.5)) / 2)), rows);
    }

    [Fact]
    public void Row_beyond_the_table_is_refused()
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var model = copy.Weights(Table("F32", 10), ("mapping", "I64", [StaticCopy.Tokens], Bytes("I64", Enumerable.Repeat(10.0, StaticCopy.Tokens)))).Read();

        Assert.Contains("names the row 10", Assert.Throws<BridgeException>(() => StaticEngine.Load(model, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_that_is_too_late_is_told_so_and_one_that_is_cancelled_ends()
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var model = copy.Weights(Table("F32")).Read();
        await using var engine = StaticEngine.Load(model, TimeProvider.System);
        var batch = new TokenBatch(new int[100_000], new[] { 100_000 });

        var late = await engine.EmbedAsync(batch, new float[StaticCopy.Dimension], TimeSpan.FromTicks(1), TestContext.Current.CancellationToken);

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, late.Error!.Kind);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => engine.EmbedAsync(batch, new float[StaticCopy.Dimension], EngineCalls.Timeout, new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task Engine_that_was_stopped_refuses()
    {
        using var copy = new StaticCopy(StaticCopy.Modules);
        var engine = StaticEngine.Load(copy.Weights(Table("F32")).Read(), TimeProvider.System);
        await engine.DisposeAsync();
        await engine.DisposeAsync();

        var reply = await engine.EmbedAsync(new TokenBatch(new[] { 1 }, new[] { 1 }), new float[StaticCopy.Dimension], EngineCalls.Timeout, TestContext.Current.CancellationToken);

        Assert.Equal(BridgeErrorKind.EngineFault, reply.Error!.Kind);
    }

    internal static (string Name, string Type, long[] Shape, byte[] Bytes) Table(string type, int rows = StaticCopy.Tokens, string name = "embeddings") =>
        (name, type, [rows, StaticCopy.Dimension], Bytes(type, from row in Enumerable.Range(0, rows) from column in Enumerable.Range(0, StaticCopy.Dimension) select Value(row, column)));

    // Whole numbers that every type holds exactly.
    private static double Value(int row, int column) => ((row * 5) + (column * 3)) % 61 - 30;

    private static float[] Mean(params int[] tokens) =>
        [.. Enumerable.Range(0, StaticCopy.Dimension).Select(column => (float)(tokens.Sum(token => Value(token, column)) / tokens.Length))];

    private static byte[] Bytes(string type, IEnumerable<double> values) => type switch
    {
        "F32" => [.. values.SelectMany(value => BitConverter.GetBytes((float)value))],
        "F64" => [.. values.SelectMany(BitConverter.GetBytes)],
        "F16" => [.. values.SelectMany(value => BitConverter.GetBytes((Half)value))],
        "BF16" => [.. values.SelectMany(value => BitConverter.GetBytes((float)value)[2..])],
        "I64" => [.. values.SelectMany(value => BitConverter.GetBytes((long)value))],
        "I32" => [.. values.SelectMany(value => BitConverter.GetBytes((int)value))],
        _ => [.. values.Select(value => (byte)(sbyte)value)],
    };

    private static Task<float[]> EmbedAsync(StaticEngine engine, StaticModel model, IReadOnlyList<string> texts) =>
        EmbedAsync(engine, model, TokenizeWork.All(TokenizerFile.Load(model), model, texts).ToBatch());

    private static async Task<float[]> EmbedAsync(StaticEngine engine, StaticModel model, TokenBatch batch)
    {
        var rows = new float[batch.Texts * model.Dimension];
        var reply = await engine.EmbedAsync(batch, rows, EngineCalls.Timeout, TestContext.Current.CancellationToken);
        Assert.Null(reply.Error);
        return model.Normalize ? EngineCalls.Normalized(rows, model.Dimension) : rows;
    }
}
