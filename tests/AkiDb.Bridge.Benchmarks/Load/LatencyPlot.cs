using System.Text;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>Latency against load as an SVG: milliseconds on a logarithmic axis over the offered share of the capacity.</summary>
internal static class LatencyPlot
{
    private const int Width = 720;
    private const int Height = 440;
    private const int Left = 70;
    private const int Right = 110;
    private const int Top = 40;
    private const int Bottom = 60;

    private static readonly (string Name, string Colour, Func<LoadFigure, double> Value)[] Lines =
        [("p99.9", "#c0392b", figure => figure.P999), ("p99", "#e67e22", figure => figure.P99), ("p50", "#2471a3", figure => figure.P50)];

    /// <summary>Draws it.</summary>
    /// <param name="title">What stands above.</param>
    /// <param name="capacity">The requests a second that are 100 %.</param>
    /// <param name="figures">The loads, in ascending order.</param>
    public static string Draw(string title, double capacity, IEnumerable<LoadFigure> figures)
    {
        LoadFigure[] points = [.. figures];
        var decades = (Lowest: Math.Floor(Math.Log10(points.Min(point => point.P50))), Highest: Math.Ceiling(Math.Log10(points.Max(point => point.P999))));
        var svg = new StringBuilder()
            .AppendLine($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="13">""")
            .AppendLine($"""<rect width="{Width}" height="{Height}" fill="white"/><text x="{Left}" y="24" font-size="16">{title}</text>""")
            .AppendLine($"""<text x="{(Left + Width - Right) / 2}" y="{Height - 14}" text-anchor="middle">offered load, requests/s (share of {capacity:F0}/s)</text>""");
        for (var decade = decades.Lowest; decade <= decades.Highest; decade++)
        {
            var y = Y(Math.Pow(10, decade));
            svg.AppendLine($"""<line x1="{Left}" x2="{Width - Right}" y1="{y:F1}" y2="{y:F1}" stroke="#ddd"/><text x="{Left - 8}" y="{y + 4:F1}" text-anchor="end">{Math.Pow(10, decade)} ms</text>""");
        }

        foreach (var point in points)
        {
            svg.AppendLine($"""<text x="{X(point):F1}" y="{Height - Bottom + 18}" text-anchor="middle">{point.Offered:F0} ({point.Offered / capacity:P0})</text>""");
        }

        foreach (var (name, colour, value) in Lines)
        {
            var line = string.Join(' ', points.Select(point => $"{X(point):F1},{Y(value(point)):F1}"));
            svg.AppendLine($"""<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>""");
            svg.AppendLine($"""<text x="{Width - Right + 8}" y="{Y(value(points[^1])) + 4:F1}" fill="{colour}">{name} {value(points[^1]):F1} ms</text>""");
        }

        return svg.AppendLine("</svg>").ToString();

        double X(LoadFigure point) => Left + ((Width - Left - Right) * point.Offered!.Value / capacity);

        double Y(double milliseconds) =>
            Height - Bottom - ((Height - Top - Bottom) * (Math.Log10(milliseconds) - decades.Lowest) / Math.Max(1, decades.Highest - decades.Lowest));
    }
}
