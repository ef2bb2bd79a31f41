namespace AkiDb.Bridge.Processes;

/// <summary>What is wrong with the workers' Python, in one wording wherever it is found out.</summary>
internal static class PythonRefusal
{
    /// <summary>What to do.</summary>
    public const string Advice = "Set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that has torch, numpy and msgpack, or run 'scripts/setup'.";

    /// <summary>What to do where a virtual environment has lost its Python.</summary>
    public static string MakeAgain(string folder) => $"Make the environment again: python3 -m venv --clear '{folder}', and install torch, numpy and msgpack in it; or set AKIDB_EMBEDDING_PYTHON_PATH to another interpreter.";

    /// <summary>It cannot be started.</summary>
    public static string NotStarted(string why) => $"The workers' Python could not be started: {why}";

    /// <summary>It lacks a module.</summary>
    public static string HasNo(string interpreter, string module) => $"The workers' Python '{interpreter}' has no module '{module}'.";

    /// <summary>The refusal as an error: there can be no workers.</summary>
    /// <param name="what">What is wrong.</param>
    /// <param name="remedy">What to do.</param>
    public static BridgeException Error(string what, string remedy = Advice) => new(BridgeErrorKind.NoEngine, $"{what} {remedy}") { Remedy = remedy };
}
