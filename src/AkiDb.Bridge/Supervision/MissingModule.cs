namespace AkiDb.Bridge.Supervision;

/// <summary>A Python that lacks what the worker imports before it can say anything: a restart would not mend that.</summary>
internal static class MissingModule
{
    private const string PythonsWords = "ModuleNotFoundError: No module named ";

    /// <summary>What is missing, from the last lines of a worker's stderr; null when it died of something else.</summary>
    public static string? Explain(string interpreter, IReadOnlyList<string> stderr) =>
        stderr.LastOrDefault(line => line.StartsWith(PythonsWords, StringComparison.Ordinal)) is { } line
            ? $"The workers' Python '{interpreter}' has no module {line[PythonsWords.Length..]}. "
                + "Set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that has torch, numpy and msgpack, or run 'scripts/setup'."
            : null;
}
