namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>What only machines that build and test have in their environment. Programs are tried without it, as their users start them.</summary>
internal static class BuildMachine
{
    // ONNX Runtime reports nothing to its maker where one of them is set: on users' machines it would.
    private static readonly string[] Variables = ["CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY"];

    /// <summary>Removes it from what a program is started with.</summary>
    public static void Forget(IDictionary<string, string?> environment)
    {
        foreach (var name in Variables)
        {
            environment.Remove(name);
        }
    }
}
