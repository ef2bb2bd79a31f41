using System.Text.Json;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The files that a run leaves in <c>artifacts/bench</c>, which git ignores.</summary>
internal static class BenchFile
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes figures for programs to read, and says where they are.</summary>
    public static Task WriteJsonAsync(string name, object figures, CancellationToken cancellationToken) =>
        WriteAsync($"{name}.json", JsonSerializer.Serialize(figures, Indented), cancellationToken);

    /// <summary>Writes a file, and says where it is.</summary>
    public static async Task WriteAsync(string name, string text, CancellationToken cancellationToken)
    {
        var file = Path.Combine("artifacts", "bench", name);
        var full = Path.Combine(TestPaths.Repository, file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await File.WriteAllTextAsync(full, text, cancellationToken);
        Console.WriteLine($"Written: {file}");
    }
}
