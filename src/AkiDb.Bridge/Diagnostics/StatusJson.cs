using System.Text.Json;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>The members by which a model, its engines and its workers are described. What is unknown is null.</summary>
/// <param name="writer">Where they go.</param>
/// <param name="show">A sentence as whoever asks may read it.</param>
internal readonly struct StatusJson(Utf8JsonWriter writer, Func<string, string> show)
{
    public static string NameOf(BridgeState state) => state switch
    {
        BridgeState.Ready => "ready",
        BridgeState.Degraded => "degraded",
        BridgeState.Failed => "failed",
        _ => "unavailable",
    };

    /// <summary>Every model, its engines and its workers: the default one, and the others in <c>models</c>.</summary>
    public void Status(BridgeStatus status)
    {
        Model(status.Default);
        writer.WriteStartArray("models");
        foreach (var model in status.Models.Skip(1))
        {
            writer.WriteStartObject();
            Model(model);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public void Sentence(string name, string? sentence) => writer.WriteString(name, sentence is null ? null : show(sentence));

    public void Sentences(string name, IEnumerable<string> sentences) => JsonFormat.WriteTexts(writer, name, sentences.Select(show));

    private void Model(ModelStatus model)
    {
        writer.WriteString("state", NameOf(model.State));
        Sentences("reasons", model.Reasons);
        writer.WriteString("model", model.Model);
        writer.WriteNumber("uptime_seconds", model.Uptime.TotalSeconds);
        writer.WriteStartArray("workers");
        foreach (var worker in model.Workers)
        {
            Worker(worker);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("in_process");
        writer.WriteString("state", model.InProcess.State);
        Sentence("detail", model.InProcess.Detail);
        writer.WriteEndObject();
        Queue(model.Queue);
    }

    private void Worker(WorkerStatus worker)
    {
        writer.WriteStartObject();
        writer.WriteNumber("slot", worker.Slot);
        writer.WriteString("name", worker.Name);
        writer.WriteString("state", worker.State);
        Number("pid", worker.Pid);
        writer.WriteString("since", worker.Since);
        writer.WriteNumber("restarts", worker.Restarts);
        writer.WriteNumber("in_flight", worker.InFlight);
        writer.WriteNumber("served", worker.Served);
        writer.WriteNumber("suspect_texts", worker.SuspectTexts);
        if (worker.LastInference is { } last)
        {
            writer.WriteString("last_inference", last);
        }
        else
        {
            writer.WriteNull("last_inference");
        }

        Number("memory_bytes", worker.MemoryBytes);
        Number("successor_pid", worker.SuccessorPid);
        if (worker.LastCrash is { } crash)
        {
            writer.WriteStartObject("last_crash");
            Crash(crash);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("last_crash");
        }

        writer.WriteEndObject();
    }

    /// <summary>The members of a crash report.</summary>
    public void Crash(WorkerCrash crash)
    {
        writer.WriteString("at", crash.At);
        Sentence("reason", crash.Reason);
        writer.WriteString("exit", crash.Exit);
        Sentence("explanation", crash.Explanation);
        writer.WriteNumber("uptime_seconds", crash.Uptime.TotalSeconds);
        Number("memory_bytes", crash.MemoryBytes);
        writer.WriteStartArray("in_flight");
        foreach (var batch in crash.InFlight)
        {
            writer.WriteStartObject();
            writer.WriteNumber("texts", batch.Texts);
            writer.WriteNumber("tokens", batch.Tokens);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        Sentence("traceback", crash.Traceback);
        Sentences("stderr", crash.Stderr);
    }

    private void Queue(QueueStatus queue)
    {
        writer.WriteStartObject("queue");
        writer.WriteNumber("admitted_tokens", queue.AdmittedTokens);
        writer.WriteNumber("interactive_tokens", queue.InteractiveTokens);
        writer.WriteNumber("bulk_tokens", queue.BulkTokens);
        if (queue.TokensPerSecond is { } rate)
        {
            writer.WriteNumber("tokens_per_second", rate);
        }
        else
        {
            writer.WriteNull("tokens_per_second");
        }

        writer.WriteBoolean("overloaded", queue.Overloaded);
        writer.WriteEndObject();
    }

    private void Number(string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
