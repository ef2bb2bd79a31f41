namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The built program behind a line of shell that limits it.</summary>
internal sealed class LimitedProgram : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-limited-");

    public LimitedProgram(string limit)
    {
        Path = System.IO.Path.Combine(folder.FullName, "akidb-bridge");
        File.WriteAllText(Path, $"#!/bin/sh\n{limit}\nexec '{BridgeProcess.Executable}' \"$@\"\n");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    public void Dispose() => folder.Delete(recursive: true);
}
