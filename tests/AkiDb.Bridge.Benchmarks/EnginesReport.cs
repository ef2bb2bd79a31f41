using System.Text.Json;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>Every figure of a run, for programs to read.</summary>
internal sealed record EnginesReport(
    string Model, int Cores, IReadOnlyList<EnginesFigure> Comparisons, EnginesCosines Int8, IReadOnlyList<EnginesLoadMode> Loads, IReadOnlyList<EnginesWorkerLoad> Workers)
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes them to a file that git ignores, and returns its path in the checkout.</summary>
    public async Task<string> WriteAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine("artifacts", "bench", "engines.json");
        var full = Path.Combine(TestPaths.Repository, file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await File.WriteAllTextAsync(full, JsonSerializer.Serialize(this, Indented), cancellationToken);
        return file;
    }
}
