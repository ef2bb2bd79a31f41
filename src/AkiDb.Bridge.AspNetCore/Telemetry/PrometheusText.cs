using System.Globalization;
using System.Text;

namespace AkiDb.Bridge.AspNetCore.Telemetry;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4; names as OpenTelemetry's conventions turn them into Prometheus'.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly Dictionary<string, string> Units = new()
    {
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["By"] = "bytes",
        ["1"] = "ratio",
    };

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();

        // Two hosts in one process have instruments of the same name.
        foreach (var named in families.GroupBy(NameOf))
        {
            var first = named.First();
            text.Append(CultureInfo.InvariantCulture, $"# HELP {named.Key} {(first.Instrument.Description ?? "").Replace("\\", @"\\", StringComparison.Ordinal).ReplaceLineEndings(" ")}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {named.Key} {TypeOf(first)}\n");
            foreach (var family in named)
            {
                family.Read(series => Write(text, named.Key, family, series));
            }
        }

        return text.ToString();
    }

    /// <summary>What an instrument is called here: with the word for its unit, and <c>_total</c> behind what only grows.</summary>
    public static string NameOf(MetricFamily family)
    {
        var name = Plain(family.Instrument.Name);
        var unit = family.Instrument.Unit is { } code && Units.TryGetValue(code, out var word) ? word : null;
        var withUnit = unit is null || name.EndsWith($"_{unit}", StringComparison.Ordinal) ? name : $"{name}_{unit}";
        return MetricKind.IsCounter(family.Instrument) ? $"{withUnit}_total" : withUnit;
    }

    private static string TypeOf(MetricFamily family) =>
        family.Bounds is not null ? "histogram" : MetricKind.IsCounter(family.Instrument) ? "counter" : "gauge";

    private static void Write(StringBuilder text, string name, MetricFamily family, MetricSeries series)
    {
        if (family.Bounds is not { } bounds)
        {
            Line(text, name, series, null, series.Value);
            return;
        }

        long sum = 0;
        for (var i = 0; i < bounds.Length; i++)
        {
            Line(text, $"{name}_bucket", series, Number(bounds[i]), sum += series.Buckets[i]);
        }

        Line(text, $"{name}_bucket", series, "+Inf", series.Count);
        Line(text, $"{name}_sum", series, null, series.Value);
        Line(text, $"{name}_count", series, null, series.Count);
    }

    private static void Line(StringBuilder text, string name, MetricSeries series, string? bound, double value)
    {
        text.Append(name);
        var separator = '{';
        foreach (var (key, tag) in series.Tags)
        {
            Label(Plain(key), Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "");
        }

        if (bound is not null)
        {
            Label("le", bound);
        }

        text.Append(separator == ',' ? "} " : " ").Append(Number(value)).Append('\n');

        void Label(string label, string labelled)
        {
            var escaped = labelled.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(separator).Append(label).Append("=\"").Append(escaped).Append('"');
            separator = ',';
        }
    }

    private static string Plain(string name) => string.Create(name.Length, name, static (plain, name) =>
    {
        for (var i = 0; i < plain.Length; i++)
        {
            plain[i] = char.IsAsciiLetterOrDigit(name[i]) ? name[i] : '_';
        }
    });

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
