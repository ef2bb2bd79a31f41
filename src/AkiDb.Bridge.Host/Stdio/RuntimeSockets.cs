namespace AkiDb.Bridge.Host.Stdio;

/// <summary>What the runtime opens in the temporary folder for debuggers and tools. akidb-rest ends its child with SIGKILL: one of each would be left at every end.</summary>
internal static class RuntimeSockets
{
    private static readonly string[] Kinds = ["dotnet-diagnostic", "clr-debug-pipe"];

    /// <summary>Removes those of this process.</summary>
    public static void Remove()
    {
        try
        {
            foreach (var file in Kinds.SelectMany(kind => Directory.EnumerateFiles(Path.GetTempPath(), $"{kind}-{Environment.ProcessId}-*")))
            {
                File.Delete(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // They are small, and in nobody's way.
        }
    }
}
