using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>Models with random weights that only the sentence-transformers library serves, made with that library, and what it answers for them.</summary>
public sealed class LibraryModels : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-library-");

    /// <summary>The interpreter that has the library; null when the machine has none, or the Python that is tested has it not.</summary>
    public static string? Python { get; } = Environment.GetEnvironmentVariable("AKIDB_TEST_LIBRARY_PYTHON") is { Length: > 0 } configured
        ? File.Exists(configured) ? configured : null
        : TestPaths.LibraryPython;

    /// <summary>Ends the test as skipped on a machine without the library.</summary>
    public static void Require() => Assert.SkipWhen(Python is null, "No Python here has sentence-transformers; scripts/setup --test tries to install it.");

    public string Folder(string model) => Path.Combine(folder.FullName, model);

    /// <summary>What the library itself answers for a model.</summary>
    internal IReadOnlyList<LibraryAnswer> Answers(string model) => JsonSerializer.Deserialize<LibraryAnswer[]>(
        File.ReadAllText(Folder($"{model}.json")), JsonSerializerOptions.Web)!;

    public async ValueTask InitializeAsync()
    {
        if (Python is null)
        {
            return;
        }

        var script = Path.Combine(TestPaths.Repository, "tests", "python", "make_library_models.py");
        var start = new ProcessStartInfo(Python, [script, Path.Combine(TestPaths.Model("tiny-bert-cls"), "tokenizer.json"), folder.FullName])
        {
            RedirectStandardError = true,
            Environment = { ["HF_HUB_OFFLINE"] = "1", ["OMP_NUM_THREADS"] = "1" },
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
