using System.Text.Json;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>Whether requests can be answered, by whom, and why not.</summary>
internal static class ReadinessJson
{
    /// <param name="writer">Where it goes, into an object.</param>
    /// <param name="status">How everything is.</param>
    /// <param name="show">A sentence as whoever asks may read it.</param>
    public static void Write(Utf8JsonWriter writer, BridgeStatus status, Func<string, string> show)
    {
        var json = new StatusJson(writer, show);
        WriteModel(writer, json, status.Default);
        WriteEngines(writer, json, status.Default);
        WriteOthers(writer, json, status);
    }

    public static void WriteModel(Utf8JsonWriter writer, StatusJson json, ModelStatus model)
    {
        writer.WriteString("status", StatusJson.NameOf(model.State));
        writer.WriteString("model", model.Model);
        json.Sentences("reasons", model.Reasons);
    }

    public static void WriteEngines(Utf8JsonWriter writer, StatusJson json, ModelStatus model)
    {
        writer.WriteStartArray("engines");
        foreach (var worker in model.Workers)
        {
            WriteWorker(writer, json, worker);
        }

        foreach (var engine in new[] { model.InProcess, model.FallbackModel?.Engine }.OfType<InProcessStatus>().Where(engine => engine.State != "off"))
        {
            WriteInProcess(writer, json, engine);
        }

        writer.WriteEndArray();
    }

    /// <summary>The member <c>models</c>: all but the default one.</summary>
    /// <remarks>Whoever sends requests by this answer sends those to the default model: another one that is ill does not make it less ready.</remarks>
    public static void WriteOthers(Utf8JsonWriter writer, StatusJson json, BridgeStatus status)
    {
        writer.WriteStartArray("models");
        foreach (var model in status.Models.Skip(1))
        {
            writer.WriteStartObject();
            WriteModel(writer, json, model);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteWorker(Utf8JsonWriter writer, StatusJson json, WorkerStatus worker)
    {
        writer.WriteStartObject();
        writer.WriteString("name", worker.Name);
        writer.WriteString("state", worker.State);
        if (worker.Pid is { } pid)
        {
            writer.WriteNumber("pid", pid);
        }

        writer.WriteString("since", worker.Since);
        writer.WriteNumber("restarts", worker.Restarts);
        WriteDetail(json, worker.Detail);
        writer.WriteEndObject();
    }

    private static void WriteInProcess(Utf8JsonWriter writer, StatusJson json, InProcessStatus engine)
    {
        writer.WriteStartObject();
        writer.WriteString("name", engine.Name);
        writer.WriteString("state", engine.State);
        WriteDetail(json, engine.Detail);
        writer.WriteEndObject();
    }

    private static void WriteDetail(StatusJson json, string? detail)
    {
        if (detail is not null)
        {
            json.Sentence("detail", detail);
        }
    }
}
