namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A folder that is gone at the end of a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-folder-");

    public string Path => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
