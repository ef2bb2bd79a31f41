using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The Python <c>tokenizers</c> library on the same texts, in a process of its own.</summary>
internal static class PythonTokenizers
{
    /// <summary>What to do where there is no interpreter.</summary>
    public const string Remedy = $"run scripts/setup --test, or set {Variable} to an interpreter that has the library";

    private const string Variable = "AKIDB_BENCH_PYTHON";

    /// <summary>The interpreter that is used: the one that the environment names, else the one that <c>scripts/setup --test</c> has left, else null.</summary>
    public static string? Interpreter { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : TestPaths.LibraryPython;

    /// <summary>How many texts the library encodes in a second, or null when there is none.</summary>
    /// <param name="tokenizer">A <c>tokenizer.json</c>.</param>
    /// <param name="budget">How long to measure.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static async Task<double?> TextsPerSecondAsync(string tokenizer, TimeSpan budget, CancellationToken cancellation)
    {
        if (Interpreter is null)
        {
            return null;
        }

        string script = Path.Combine(AppContext.BaseDirectory, "tokenize_texts.py");
        string texts = Path.Combine(TestPaths.Data, "reference", "texts.jsonl");
        string seconds = budget.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        using Process process = Process.Start(new ProcessStartInfo(Interpreter, [script, tokenizer, texts, seconds])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        string answer = await process.StandardOutput.ReadToEndAsync(cancellation);
        await errors;
        await process.WaitForExitAsync(cancellation);
        return double.TryParse(answer, CultureInfo.InvariantCulture, out double rate) ? rate : null;
    }
}
