using System.IO.Enumeration;

namespace AkiDb.Bridge.Host.Files;

/// <summary>The files that a pattern means: <c>*</c> and <c>?</c> stand for characters of a name, <c>**</c> for folders, none or any number of them.</summary>
internal static class FilePattern
{
    private const string AnyFolders = "**";
    private static readonly char[] Wildcards = ['*', '?'];

    /// <summary>Whether a text has a character that stands for others.</summary>
    public static bool Is(string text) => text.IndexOfAny(Wildcards) >= 0;

    /// <summary>The files, in the order of their full names.</summary>
    public static IReadOnlyList<string> Find(string pattern)
    {
        var fixedPart = pattern[..pattern.IndexOfAny(Wildcards)];
        var folder = Path.GetDirectoryName(fixedPart) is { Length: > 0 } named ? named : fixedPart.StartsWith('/') ? "/" : ".";
        folder = Path.GetFullPath(folder);
        var names = Path.GetRelativePath(folder, Path.GetFullPath(pattern)).Split(Path.DirectorySeparatorChar);
        return Directory.Exists(folder) ? [.. In(folder, names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)] : [];
    }

    private static IEnumerable<string> In(string folder, ReadOnlyMemory<string> names)
    {
        var (name, deeper) = (names.Span[0], names[1..]);
        if (name == AnyFolders)
        {
            // A link that leads back would give every file again and again.
            var here = deeper.IsEmpty ? Directory.EnumerateFiles(folder) : In(folder, deeper);
            return here.Concat(Directory.EnumerateDirectories(folder).Where(inner => new DirectoryInfo(inner).LinkTarget is null).SelectMany(inner => In(inner, names)));
        }

        return deeper.IsEmpty
            ? Directory.EnumerateFiles(folder).Where(file => IsCalled(file, name))
            : Directory.EnumerateDirectories(folder).Where(inner => IsCalled(inner, name)).SelectMany(inner => In(inner, deeper));
    }

    private static bool IsCalled(string path, string name) => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(path), ignoreCase: false);
}
