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

    public string Folder => folder.FullName;

    public string Executable => Path.Combine(folder.FullName, Path.GetFileName(BridgeProcess.Executable));

    /// <summary>Makes one of its folders the copy's own, to be changed.</summary>
    public string OwnFolder(string name)
    {
        var link = new DirectoryInfo(Path.Combine(folder.FullName, name));
        var source = link.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        link.Delete();
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(link.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return link.FullName;
    }

    /// <summary>Takes ONNX Runtime away: the in-process engine cannot be loaded then.</summary>
    public ProgramCopy WithoutOnnxRuntime()
    {
        var name = $"{(OperatingSystem.IsWindows() ? "" : "lib")}onnxruntime.{(OperatingSystem.IsWindows() ? "dll" : OperatingSystem.IsMacOS() ? "dylib" : "so")}";
        var here = Path.Combine(folder.FullName, name);
        var at = File.Exists(here) ? folder.FullName : OwnFolder("runtimes");
        foreach (var file in Directory.EnumerateFiles(at, name, at == folder.FullName ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories).ToList())
        {
            File.Delete(file);
        }

        return this;
    }

    /// <summary>Writes the file, with these further models.</summary>
    public void Write(params object[] models) => WriteText(JsonSerializer.Serialize(new
    {
        Logging = new { LogLevel = new Dictionary<string, string> { ["Default"] = "Information", ["Microsoft.AspNetCore"] = "Warning" } },
        Bridge = new { Models = models },
    }));

    public void WriteText(string text) => File.WriteAllText(Path.Combine(folder.FullName, "appsettings.json"), text);

    public void Dispose() => folder.Delete(recursive: true);
}
