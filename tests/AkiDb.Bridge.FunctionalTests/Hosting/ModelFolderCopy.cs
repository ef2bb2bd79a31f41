using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A copy of a model that a test may damage.</summary>
internal sealed class ModelFolderCopy : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-model-");

    private ModelFolderCopy(DirectoryInfo original)
    {
        var source = original.FullName;
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder.FullName, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <param name="model">A test model's name.</param>
    public ModelFolderCopy(string model)
        : this(new DirectoryInfo(TestPaths.Model(model)))
    {
    }

    public string Folder => folder.FullName;

    public static ModelFolderCopy Of(string folder) => new(new DirectoryInfo(folder));

    public void Truncate(string file, long bytes)
    {
        using var stream = File.OpenWrite(Path.Combine(Folder, file));
        stream.SetLength(bytes);
    }

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            folder.Delete(recursive: true);
        }
    }
}
