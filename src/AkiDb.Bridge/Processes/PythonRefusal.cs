namespace AkiDb.Bridge.Processes;

/// <summary>What is wrong with the workers' Python, in one wording wherever it is found out.</summary>
internal static class PythonRefusal
{
    /// <summary>What to do.</summary>
    public const string Advice = "Set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that has torch, numpy and msgpack, or run 'scripts/setup'.";

    /// <summary>It cannot be started.</summary>
    public static string NotStarted(string why) => $"The workers' Python could not be started: {why}";

    /// <summary>It lacks a module.</summary>
    public static string HasNo(string interpreter, string module) => $"The workers' Python '{interpreter}' has no module '{module}'.";

    /// <summary>The refusal as an error: there can be no workers.</summary>
    public static BridgeException Error(string what) => new(BridgeErrorKind.NoEngine, $"{what} {Advice}");
}
