namespace AkiDb.Bridge.FunctionalTests.Packages;

/// <summary>What <c>scripts/package</c> has built for these tests, in the folder that <c>AKIDB_TEST_PACKAGES</c> names.</summary>
internal static class ReleasePackages
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("AKIDB_TEST_PACKAGES") is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>The one file of this kind, such as <c>*-linux-x64.tar.gz</c>; ends the test as skipped where there is none.</summary>
    public static string Require(string pattern)
    {
        var file = Folder is null ? null : Directory.EnumerateFiles(Folder, pattern).SingleOrDefault();
        Assert.SkipWhen(file is null, $"There is no {pattern} here: AKIDB_TEST_PACKAGES names a folder that scripts/package has written.");
        return file;
    }

    /// <summary>The folder of a worker in C#, published for Windows; ends the test as skipped where there is none.</summary>
    public static string RequireWorkerDouble()
    {
        var folder = Environment.GetEnvironmentVariable("AKIDB_TEST_WORKER_DOUBLE");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "AKIDB_TEST_WORKER_DOUBLE names no folder of tests/AkiDb.Bridge.WorkerDouble, published for win-x64.");
        return Path.GetFullPath(folder);
    }
}
