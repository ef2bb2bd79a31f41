namespace AkiDb.Bridge.Models;

/// <summary>Resolves every symbolic link of a path, of its folders too: the Hugging Face cache is made of links.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int MaxLinks = 40;

    /// <summary>The path behind the links; a part that does not exist stays as it is.</summary>
    public static string Of(string path)
    {
        var links = 0;
        var real = Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), ref links);
        FolderWitness.Resolved(path, real);
        return real;
    }

    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        var here = Path.Combine(Resolve(parent, ref links), Path.GetFileName(path));
        if (new FileInfo(here).LinkTarget is not { } target)
        {
            return here;
        }

        return ++links <= MaxLinks
            ? Resolve(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target, Path.GetDirectoryName(here)!)), ref links)
            : throw new IOException($"'{path}' runs through more than {MaxLinks} symbolic links.");
    }
}
