using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A copy of a test model that a test may damage.</summary>
internal sealed class ModelFolderCopy : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-model-");

    public ModelFolderCopy(string model)
    {
        var source = TestPaths.Model(model);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Folder => folder.FullName;

    public void Truncate(string file, long bytes)
    {
        using var stream = File.OpenWrite(Path.Combine(Folder, file));
        stream.SetLength(bytes);
    }

    public void Dispose() => folder.Delete(recursive: true);
}
