using System.Globalization;
using System.Numerics.Tensors;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>An engine with quantised weights beside the float32 engine: how near its vectors are, and what it saves.</summary>
internal static class EnginesQuantized
{
    private const int SevenBits = 63;
    private const int Rounds = 8;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(4);

    /// <param name="model">The model.</param>
    /// <param name="precision">The engine's precision.</param>
    /// <param name="cases">What to time; none for the cosines alone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<(EnginesCosines Cosines, List<EnginesFigure> Figures)> RunAsync(
        TransformerModel model, OnnxPrecision precision, EnginesCase[] cases, CancellationToken cancellationToken)
    {
        await using var float32 = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
        var (engine, refusal) = Load(model, precision);
        await using var quantized = engine;
        var name = quantized.Precision;
        var cosines = await CompareAsync(model, float32, quantized, refusal, cancellationToken);
        Console.WriteLine();
        Console.WriteLine(refusal is null ? $"{name} beside float32, {model.Id}" : $"{name} is not served on this machine: {refusal}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {cosines.WeightBits}-bit weights{(refusal is null ? "" : " (the tests' variant, which no CPU saturates; never served)")}: cosine to float32 over {cosines.Texts} reference texts {cosines.Worst:F4} at worst, {cosines.Mean:F4} in the mean"));
        var figures = new List<EnginesFigure>();
        foreach (var texts in refusal is null ? cases : [])
        {
            EnginesWay[] ways = [EnginesWays.Engine($"in-process, {name}", quantized, texts, model), EnginesWays.Engine("in-process, float32", float32, texts, model)];
            var compared = await EnginesComparison.RunAsync(Environment.ProcessorCount, texts.Name, ways, Budget, Rounds, cancellationToken);
            EnginesComparison.Print($"{name}: {texts.Name}", compared);
            figures.AddRange(compared);
        }

        return (cosines, figures);
    }

    private static (OnnxEngine Engine, string? Refusal) Load(TransformerModel model, OnnxPrecision precision)
    {
        var options = new OnnxOptions { Precision = precision };
        try
        {
            return (OnnxEngine.Load(model, options, TimeProvider.System), null);
        }
        catch (BridgeException error) when (error.Error.Kind == BridgeErrorKind.NoEngine)
        {
            return (OnnxEngine.Load(model, options, new Int8LinearLayer(model.Weights, SevenBits), TimeProvider.System), error.Message);
        }
    }

    private static async Task<EnginesCosines> CompareAsync(
        TransformerModel model, OnnxEngine float32, OnnxEngine quantized, string? refusal, CancellationToken cancellationToken)
    {
        var texts = ReferenceAnswers.Texts.Zip(ReferenceAnswers.TokenIds(model.Id))
            .Where(pair => pair.First.Kind is "sentence" or "generated" && pair.Second.Length <= model.MaxTokens)
            .Select(pair => pair.Second).ToArray();
        var batch = EnginesCase.ToBatch(texts);
        var expected = await EmbedAsync(float32, batch, model, cancellationToken);
        var actual = await EmbedAsync(quantized, batch, model, cancellationToken);
        var cosines = Enumerable.Range(0, texts.Length)
            .Select(text => (double)TensorPrimitives.CosineSimilarity(Row(expected, text), Row(actual, text))).ToArray();
        return new(model.Id, quantized.Precision, refusal, refusal is null ? 8 : 7, texts.Length, cosines.Min(), cosines.Average());

        ReadOnlySpan<float> Row(float[] rows, int text) => rows.AsSpan(text * model.Dimension, model.Dimension);
    }

    private static async Task<float[]> EmbedAsync(OnnxEngine engine, TokenBatch batch, TransformerModel model, CancellationToken cancellationToken)
    {
        var rows = new float[batch.Texts * model.Dimension];
        var reply = await engine.EmbedAsync(batch, rows, Timeout.InfiniteTimeSpan, cancellationToken);
        return reply.Error is null ? rows : throw new BridgeException(reply.Error);
    }
}
