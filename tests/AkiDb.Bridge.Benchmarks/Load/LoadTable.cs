namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>Loads and what came out, on the console.</summary>
internal static class LoadTable
{
    public static void Print(string title, IEnumerable<LoadFigure> figures)
    {
        var table = new Table("load", "way", "offered/s", "vectors/s", "of perfect", "p50 ms", "p99", "p99.9", "answered", "429", "429 p99 ms", "failed");
        foreach (var figure in figures)
        {
            table.Add(
                figure.Load, figure.Way, figure.Offered is { } offered ? $"{offered:F0}" : "", $"{figure.Rate:F0}", figure.OfPerfect is { } share ? $"{share:P0}" : "",
                $"{figure.P50:F2}", $"{figure.P99:F2}", $"{figure.P999:F2}", $"{figure.Answered}", $"{figure.Shed}", figure.Shed > 0 ? $"{figure.ShedP99:F2}" : "", $"{figure.Failed}");
        }

        table.Print(title);
    }
}
