namespace AkiDb.Bridge.Processes;

/// <summary>A Python that lacks what the worker imports before it can say anything: a restart would not mend that.</summary>
internal static class MissingModule
{
    private const string PythonsWords = "ModuleNotFoundError: No module named ";

    /// <summary>What is missing, from the last lines of a worker's stderr; null when it died of something else.</summary>
    public static string? Explain(string interpreter, IReadOnlyList<string> stderr) =>
        stderr.LastOrDefault(line => line.StartsWith(PythonsWords, StringComparison.Ordinal)) is { } line
            ? $"{PythonRefusal.HasNo(interpreter, line[PythonsWords.Length..].Trim('\''))} {PythonRefusal.Advice}"
            : null;
}
