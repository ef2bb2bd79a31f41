using System.Text.Json;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore.StatusPage;

/// <summary>What the page shows: the status as everybody gets it, what each slot has been through, and the traffic.</summary>
internal static class PageJson
{
    private const double Median = 0.5;
    private const double Tail = 0.99;

    public static void Write(Utf8JsonWriter writer, BridgeStatus status, IReadOnlyList<TrafficSlice> traffic, DateTimeOffset now, Func<string, string> show)
    {
        var json = new StatusJson(writer, show);
        writer.WriteStartObject();
        writer.WriteNumber("now", now.ToUnixTimeMilliseconds());
        writer.WriteStartObject("status");
        json.Status(status);
        writer.WriteEndObject();
        writer.WriteStartArray("slots");
        foreach (var model in status.Models)
        {
            foreach (var worker in model.Workers)
            {
                WriteSlot(writer, json, model.Model, worker);
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("traffic");
        foreach (var slice in traffic)
        {
            WriteSlice(writer, slice);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSlot(Utf8JsonWriter writer, StatusJson json, string model, WorkerStatus worker)
    {
        writer.WriteStartObject();
        writer.WriteString("model", model);
        writer.WriteString("worker", worker.Name);
        writer.WriteStartArray("history");
        foreach (var move in worker.History)
        {
            writer.WriteStartObject();
            writer.WriteNumber("at", move.At.ToUnixTimeMilliseconds());
            writer.WriteString("state", move.State);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("crashes");
        foreach (var crash in worker.RecentCrashes)
        {
            writer.WriteStartObject();
            json.Crash(crash);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSlice(Utf8JsonWriter writer, TrafficSlice slice)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(TrafficHistory.BeginOf(slice).ToUnixTimeMilliseconds());
        writer.WriteNumberValue(slice.Requests);
        writer.WriteNumberValue(slice.Failures);
        writer.WriteNumberValue(slice.Tokens);
        Milliseconds(slice.Quantile(Median));
        Milliseconds(slice.Quantile(Tail));
        writer.WriteEndArray();

        void Milliseconds(double? seconds)
        {
            if (seconds is { } known)
            {
                writer.WriteNumberValue(Math.Round(known * 1_000, 2));
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
