using System.Diagnostics;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A virtual environment with the packages of the tests' Python, in a folder of its own beside whatever a test plants there.</summary>
internal sealed class PythonEnvironment : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-python-");

    public PythonEnvironment()
    {
        Python.Require();
        using var process = Process.Start(Python.WithTorch!, ["-m", "venv", "--system-site-packages", "--without-pip", Root]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>The folder around it.</summary>
    public string Folder => folder.FullName;

    /// <summary>The environment's own folder.</summary>
    public string Root => Path.Combine(Folder, "venv");

    private string Packages => Directory.GetDirectories(Path.Combine(Root, "lib"), "python3*").Select(lib => Path.Combine(lib, "site-packages")).Single();

    /// <summary>Has it run program code whenever it starts. Not as <c>sitecustomize</c>, of which some systems have one of their own.</summary>
    public void Customize(string code)
    {
        File.WriteAllText(Path.Combine(Packages, "customized_by_a_test.py"), code);
        File.WriteAllText(Path.Combine(Packages, "customized_by_a_test.pth"), "import customized_by_a_test\n");
    }

    /// <summary>Takes the Python away that it was made with.</summary>
    public void LosePython()
    {
        foreach (var link in new DirectoryInfo(Path.Combine(Root, "bin")).EnumerateFiles("python*").ToList())
        {
            link.Delete();
            File.CreateSymbolicLink(link.FullName, Path.Combine(Folder, "removed", link.Name));
        }
    }

    /// <summary>Writes a file among its packages, where it comes before those of the tests' Python.</summary>
    public string Plant(string name, string content) => Write(Path.GetRelativePath(Folder, Path.Combine(Packages, name)), content);

    /// <summary>Writes a file into the folder around it.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>Writes a shell script into the folder around it.</summary>
    public string WriteScript(string name, string content)
    {
        var path = Write(name, "#!/bin/sh\n" + content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose() => folder.Delete(recursive: true);
}
