using System.Globalization;
using System.Text;
using System.Xml;

namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>Draws the answers' times over the offered rate, as SVG; times are on a logarithmic scale.</summary>
internal static class LoadPlot
{
    private const double Width = 720;
    private const double Height = 420;
    private const double Left = 70;
    private const double Right = 20;
    private const double Top = 40;
    private const double Bottom = 55;
    private const int VerticalLines = 6;

    /// <summary>The picture.</summary>
    public static string Draw(BenchResult result)
    {
        var text = new StringBuilder();
        using (var svg = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
        {
            svg.WriteStartElement("svg", "http://www.w3.org/2000/svg");
            svg.WriteAttributeString("viewBox", FormattableString.Invariant($"0 0 {Width} {Height}"));
            svg.WriteAttributeString("font-family", "sans-serif");
            svg.WriteAttributeString("font-size", "12");
            Element(svg, "rect", ("width", Number(Width)), ("height", Number(Height)), ("fill", "white"));
            Text(svg, Width / 2, 20, "middle", $"Milliseconds until the answer, {result.Target}");
            Text(svg, Width / 2, Height - 12, "middle", "requests offered in a second, one text each");
            DrawScale(svg, result.Load);
            DrawCurve(svg, result.Load, stage => stage.P50, "p50", "#1f77b4");
            DrawCurve(svg, result.Load, stage => stage.P99, "p99", "#d62728");
            if (result.BendsAt is { } bend)
            {
                Line(svg, X(bend, result.Load), Top, X(bend, result.Load), Height - Bottom, "#2ca02c");
                Text(svg, X(bend, result.Load), Top - 5, "middle", FormattableString.Invariant($"bends after {bend:F0}/s"));
            }

            svg.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    private static void DrawScale(XmlWriter svg, IReadOnlyList<LoadStage> load)
    {
        var (low, high) = Decades(load);
        for (var decade = low; decade <= high; decade++)
        {
            var y = Y(Math.Pow(10, decade), load);
            Line(svg, Left, y, Width - Right, y, "#dddddd");
            Text(svg, Left - 8, y + 4, "end", Math.Pow(10, decade).ToString("G", CultureInfo.InvariantCulture));
        }

        for (var i = 0; i <= VerticalLines; i++)
        {
            var rate = load[^1].Offered * i / VerticalLines;
            Line(svg, X(rate, load), Top, X(rate, load), Height - Bottom, "#eeeeee");
            Text(svg, X(rate, load), Height - Bottom + 18, "middle", rate.ToString("F0", CultureInfo.InvariantCulture));
        }
    }

    private static void DrawCurve(XmlWriter svg, IReadOnlyList<LoadStage> load, Func<LoadStage, double> value, string name, string colour)
    {
        // Where nothing was answered there is no time.
        var points = load.Where(stage => value(stage) > 0).Select(stage => FormattableString.Invariant($"{X(stage.Offered, load):F1},{Y(value(stage), load):F1}")).ToList();
        if (points.Count > 0)
        {
            Element(svg, "polyline", ("points", string.Join(' ', points)), ("fill", "none"), ("stroke", colour), ("stroke-width", "2"));
            var last = load.Last(stage => value(stage) > 0);
            Text(svg, X(last.Offered, load), Y(value(last), load) - 6, "end", name);
        }
    }

    private static double X(double rate, IReadOnlyList<LoadStage> load) => Left + (rate / load[^1].Offered * (Width - Left - Right));

    private static double Y(double milliseconds, IReadOnlyList<LoadStage> load)
    {
        var (low, high) = Decades(load);
        return Height - Bottom - ((Math.Log10(milliseconds) - low) / (high - low) * (Height - Top - Bottom));
    }

    private static (int Low, int High) Decades(IReadOnlyList<LoadStage> load)
    {
        var times = load.SelectMany(stage => (double[])[stage.P50, stage.P99]).Where(time => time > 0).DefaultIfEmpty(1).ToList();
        var low = (int)Math.Floor(Math.Log10(times.Min()));
        return (low, Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(times.Max()))));
    }

    private static void Line(XmlWriter svg, double x1, double y1, double x2, double y2, string colour) =>
        Element(svg, "line", ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)), ("stroke", colour));

    private static void Text(XmlWriter svg, double x, double y, string anchor, string text)
    {
        svg.WriteStartElement("text");
        svg.WriteAttributeString("x", Number(x));
        svg.WriteAttributeString("y", Number(y));
        svg.WriteAttributeString("text-anchor", anchor);
        svg.WriteString(text);
        svg.WriteEndElement();
    }

    private static void Element(XmlWriter svg, string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        svg.WriteStartElement(name);
        foreach (var (attribute, value) in attributes)
        {
            svg.WriteAttributeString(attribute, value);
        }

        svg.WriteEndElement();
    }

    private static string Number(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}
