using System.Text.RegularExpressions;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>Takes the paths of this machine out of sentences that are meant for somebody elsewhere.</summary>
internal static partial class LocalPaths
{
    /// <summary>The sentence, with <c>.../NAME</c> instead of every absolute path that ends in NAME; the program's own routes stay.</summary>
    /// <param name="sentence">A message, a traceback, or a line of a log.</param>
    public static string Hide(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        var bare = Quoted().Replace(sentence, match => match.Groups["quote"].Value + Last(match.Groups["path"].Value) + match.Groups["quote"].Value);
        return Bare().Replace(bare, match => Last(match.Value));
    }

    private static string Last(string path)
    {
        var name = path.TrimEnd('/', '\\');
        return $".../{name[(name.LastIndexOfAny(['/', '\\']) + 1)..]}";
    }

    // Within quotes a path may hold blanks.
    [GeneratedRegex("""(?<quote>['"`])(?<path>(?:~?/(?!(?:api|v1|livez|readyz|health)\b)|[A-Za-z]:[\\/]|\\\\)[^'"`\r\n]*)\k<quote>""", RegexOptions.CultureInvariant)]
    private static partial Regex Quoted();

    [GeneratedRegex("""(?<![\w./:<>\\-])(?:~?/(?!(?:api|v1|livez|readyz|health)\b)|[A-Za-z]:[\\/])[\w.@+%~-]+(?:[\\/][\w.@+%~-]+)*[\\/]?""", RegexOptions.CultureInvariant)]
    private static partial Regex Bare();
}
