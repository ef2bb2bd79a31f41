using System.Diagnostics;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>Records what one model does.</summary>
internal sealed class ModelInstruments(string model)
{
    private const string Model = "gen_ai.request.model";
    private const string Engine = "akidb.engine";

    private readonly KeyValuePair<string, object?> named = new(Model, model);

    /// <summary>Whether anybody wants to know how long texts wait.</summary>
    public static bool MeasuresWaits => Instruments.QueueWait.Enabled;

    public void RecordWait(TimeSpan wait) => Instruments.QueueWait.Record(wait.TotalSeconds, named);

    /// <summary>A batch was cut.</summary>
    /// <param name="texts">Its texts.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="room">The tokens that its engine takes at once; null when there is no engine.</param>
    public void RecordCut(int texts, int tokens, int? room)
    {
        Instruments.BatchTexts.Record(texts, named);
        Instruments.BatchTokens.Record(tokens, named);
        if (room is > 0)
        {
            Instruments.BatchFill.Record(Math.Min(1, (double)tokens / room.Value), named);
        }
    }

    /// <summary>An engine has answered texts.</summary>
    /// <param name="engine">Its name.</param>
    /// <param name="compute">What the model itself took.</param>
    /// <param name="texts">How many were computed.</param>
    /// <param name="shared">How many more got the row of an equal one.</param>
    /// <param name="retried">Whether a try had failed before.</param>
    public void RecordAnswer(string engine, TimeSpan compute, int texts, int shared, bool retried)
    {
        Instruments.EngineDuration.Record(compute.TotalSeconds, named, new(Engine, engine));
        Instruments.EngineTexts.Add(texts, named, new(Engine, engine));
        if (shared > 0)
        {
            Instruments.SharedTexts.Add(shared, named);
        }

        if (retried)
        {
            Instruments.Retries.Add(1, named);
        }
    }

    /// <summary>A request was answered.</summary>
    public void RecordRequest(TimeSpan duration, EmbeddingResult result)
    {
        Record(duration, null);
        Instruments.TokenUsage.Record(result.TotalTokens, [named, .. Operation, new("gen_ai.token.type", "input")]);
        if (result.Degraded)
        {
            Instruments.Fallbacks.Add(1, named);
        }
    }

    /// <summary>A request has failed.</summary>
    public void RecordFailure(TimeSpan duration, string error) => Record(duration, error);

    /// <summary>The attributes of every operation, in spans and metrics.</summary>
    private static KeyValuePair<string, object?>[] Operation { get; } = [new("gen_ai.operation.name", "embeddings"), new("gen_ai.provider.name", "akidb")];

    private void Record(TimeSpan duration, string? error)
    {
        var tags = new TagList([named, .. Operation]);
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        Instruments.RequestDuration.Record(duration.TotalSeconds, tags);
    }
}
