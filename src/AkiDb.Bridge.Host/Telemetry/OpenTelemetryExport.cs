using AkiDb.Bridge.Diagnostics;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AkiDb.Bridge.Host.Telemetry;

/// <summary>Sends metrics, traces and logs by OTLP, where the standard variables (<c>OTEL_*</c>) say where to.</summary>
internal static class OpenTelemetryExport
{
    private const string Service = "akidb-bridge";
    private const string ServiceVariable = "OTEL_SERVICE_NAME";
    private const string Disabled = "OTEL_SDK_DISABLED";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string None = "none";

    private static readonly string[] Meters = [BridgeTelemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    /// <summary>Adds what is asked for; nothing at all where no endpoint is named.</summary>
    public static void AddOpenTelemetryExport(this WebApplicationBuilder builder)
    {
        if (Value(Disabled).Equals("true", StringComparison.OrdinalIgnoreCase) || !(IsWanted("TRACES") || IsWanted("METRICS") || IsWanted("LOGS")))
        {
            return;
        }

        var export = builder.Services.AddOpenTelemetry().ConfigureResource(resource =>
        {
            if (Value(ServiceVariable).Length == 0)
            {
                resource.AddService(Service);
            }
        });
        if (IsWanted("TRACES"))
        {
            export.WithTracing(traces => traces.AddSource(BridgeTelemetry.Name, "Microsoft.AspNetCore").AddOtlpExporter());
        }

        if (IsWanted("METRICS"))
        {
            export.WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter());
        }

        if (IsWanted("LOGS"))
        {
            export.WithLogging(logs => logs.AddOtlpExporter(), logs => logs.IncludeFormattedMessage = true);
        }
    }

    // As the specification has it, OTEL_TRACES_EXPORTER and the like choose; here an endpoint must be named too: who names none has no collector.
    private static bool IsWanted(string signal) =>
        Value($"OTEL_{signal}_EXPORTER") != None && (Value(Endpoint).Length > 0 || Value($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT").Length > 0 || Value($"OTEL_{signal}_EXPORTER") == "otlp");

    private static string Value(string variable) => Environment.GetEnvironmentVariable(variable) ?? "";
}
