namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Nothing lies beside the worker's package: Python would take it before its own modules.</summary>
internal static class StrayModuleCheck
{
    private const string Name = "worker's package";

    /// <param name="folder">The folder that holds the package.</param>
    public static Check In(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "akidb_worker", "__main__.py")))
        {
            return Check.Fail(Name, $"The worker's Python package is not in {folder}.", "Install the program again, with its folder 'python'.");
        }

        var strays = Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Where(entry => entry is not ("akidb_worker" or "__pycache__")).Order().ToList();
        return strays.Count == 0
            ? Check.Pass(Name, folder)
            : Check.Fail(Name, $"Beside the worker's package in {folder} lies {string.Join(", ", strays)}: Python takes it before its own modules of that name.", "Move it elsewhere.");
    }
}
