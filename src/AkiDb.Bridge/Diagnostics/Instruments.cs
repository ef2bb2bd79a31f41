using System.Diagnostics.Metrics;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>Every instrument that is recorded as things happen; names and units after OpenTelemetry's semantic conventions, <c>gen_ai.*</c> where they exist.</summary>
internal static class Instruments
{
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly long[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 65_536, 262_144, 1_048_576];
    private static readonly double[] Parts = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    public static Histogram<double> RequestDuration { get; } = Time("gen_ai.server.request.duration", "From a request's arrival in the bridge to its vectors, or its error.");

    public static Histogram<long> TokenUsage { get; } = Size("gen_ai.client.token.usage", "{token}", "Tokens of answered requests, as computed.");

    public static Histogram<double> QueueWait { get; } = Time("akidb.queue.wait", "How long a text has waited when its batch is cut.");

    public static Histogram<long> BatchTexts { get; } = Size("akidb.batch.texts", "{text}", "Texts of a batch.");

    public static Histogram<long> BatchTokens { get; } = Size("akidb.batch.tokens", "{token}", "Tokens of a batch.");

    public static Histogram<double> BatchFill { get; } = BridgeTelemetry.Meter.CreateHistogram(
        "akidb.batch.fill", "1", "A batch's tokens, as a part of what its engine takes at once.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Parts });

    public static Histogram<double> EngineDuration { get; } = Time("akidb.engine.duration", "What the model itself takes for a batch.");

    public static Counter<long> EngineTexts { get; } = Count("akidb.engine.texts", "{text}", "Texts by the engine that has answered.");

    public static Counter<long> Fallbacks { get; } = Count("akidb.fallbacks", "{request}", "Requests that another engine than the first choice has answered.");

    public static Counter<long> Retries { get; } = Count("akidb.batch.retries", "{batch}", "Batches that were answered after a try had failed.");

    public static Counter<long> SharedTexts { get; } = Count(
        "akidb.cache.hits", "{text}", "Texts that got the row of an equal one that was waiting or being computed. No row is kept any longer.");

    private static Histogram<double> Time(string name, string description) =>
        BridgeTelemetry.Meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    private static Histogram<long> Size(string name, string unit, string description) =>
        BridgeTelemetry.Meter.CreateHistogram(name, unit, description, tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = Sizes });

    private static Counter<long> Count(string name, string unit, string description) => BridgeTelemetry.Meter.CreateCounter<long>(name, unit, description);
}
