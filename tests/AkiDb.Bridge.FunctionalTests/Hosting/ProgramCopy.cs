using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The program in a folder of its own, whose <c>appsettings.json</c> a test may write.</summary>
internal sealed class ProgramCopy : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-program-");

    public ProgramCopy()
    {
        // The runtime looks beside the program's real file; what the program itself looks for may be a link.
        var source = new DirectoryInfo(Path.GetDirectoryName(BridgeProcess.Executable)!);
        foreach (var entry in source.EnumerateFileSystemInfos())
        {
            var copy = Path.Combine(folder.FullName, entry.Name);
            if (entry is FileInfo file)
            {
                file.CopyTo(copy);
            }
            else
            {
                Directory.CreateSymbolicLink(copy, entry.FullName);
            }
        }
    }

    public string Executable => Path.Combine(folder.FullName, Path.GetFileName(BridgeProcess.Executable));

    /// <summary>Writes the file, with these further models.</summary>
    public void Write(params object[] models) => WriteText(JsonSerializer.Serialize(new
    {
        Logging = new { LogLevel = new Dictionary<string, string> { ["Default"] = "Information", ["Microsoft.AspNetCore"] = "Warning" } },
        Bridge = new { Models = models },
    }));

    public void WriteText(string text) => File.WriteAllText(Path.Combine(folder.FullName, "appsettings.json"), text);

    public void Dispose() => folder.Delete(recursive: true);
}
