namespace AkiDb.Bridge.Models;

/// <summary>The files of a folder and of the folders in it.</summary>
internal static class FolderFiles
{
    /// <summary>All of them, links to files among them. Each folder is looked into once: a link may lead back to where it lies, and its files would be found again and again.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IEnumerable<string> In(string folder)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<string>([folder]);
        while (waiting.TryPop(out var next))
        {
            if (seen.Add(RealPath.Of(next)))
            {
                foreach (var file in Directory.EnumerateFiles(next))
                {
                    yield return file;
                }

                foreach (var inner in Directory.EnumerateDirectories(next))
                {
                    waiting.Push(inner);
                }
            }
        }
    }
}
