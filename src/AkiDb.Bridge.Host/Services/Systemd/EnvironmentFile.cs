using System.Text;
using System.Text.RegularExpressions;

namespace AkiDb.Bridge.Host.Services.Systemd;

/// <summary>The file of a service's variables, as systemd.exec(5) describes it under <c>EnvironmentFile=</c>.</summary>
/// <remarks>An administrator may write it by hand, and an installation writes it anew: what is not understood here would be lost, so that it is refused.</remarks>
internal static partial class EnvironmentFile
{
    /// <summary>The file's text.</summary>
    public static string Render(IReadOnlyDictionary<string, string> variables) => string.Concat(variables.Select(variable =>
        $"{variable.Key}=\"{variable.Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal)}\"\n"));

    /// <summary>The variables of a file, whoever has written it.</summary>
    /// <param name="path">The file, for whoever must correct it.</param>
    /// <param name="lines">Its lines.</param>
    /// <exception cref="ServiceException">A line cannot be read.</exception>
    public static Dictionary<string, string> Read(string path, IEnumerable<string> lines)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, line) in lines.Index())
        {
            var text = line.Trim();
            if (text is "" or ['#' or ';', ..])
            {
                continue;
            }

            var (name, value) = text.Split('=', 2) is [var left, var right] && VariableName().IsMatch(left.TrimEnd()) ? (left.TrimEnd(), ValueOf(right.TrimStart())) : ("", null);

            // The line itself is not shown: it may hold a key.
            variables[name] = value ?? throw new ServiceException(
                $"'{path}': line {index + 1} is not KEY=VALUE on one line, and would be lost. Correct it, or put # before it.");
        }

        return variables;
    }

    // One piece may follow the other, as in a shell; null when a quotation mark or the line after a backslash is missing.
    private static string? ValueOf(string text)
    {
        var value = new StringBuilder();
        var i = 0;
        while (i < text.Length)
        {
            var (part, next) = text[i] switch
            {
                '\'' => Until('\'', text, i + 1, static _ => false),
                '"' => Until('"', text, i + 1, static letter => letter is '"' or '\\' or '`' or '$'),
                _ => Unquoted(text, i),
            };
            if (part is null)
            {
                return null;
            }

            value.Append(part);
            i = next;
            while (i < text.Length && char.IsWhiteSpace(text[i]))
            {
                i++;
            }
        }

        return value.ToString();
    }

    // A backslash is one, unless what follows it needs one.
    private static (string? Part, int Next) Until(char quote, string text, int start, Func<char, bool> isEscaped)
    {
        var part = new StringBuilder();
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                return (part.ToString(), i + 1);
            }

            i += text[i] == '\\' && i + 1 < text.Length && isEscaped(text[i + 1]) ? 1 : 0;
            part.Append(text[i]);
        }

        return (null, text.Length);
    }

    // To the end of the line: a quotation mark in the middle of a word is a letter.
    private static (string? Part, int Next) Unquoted(string text, int start)
    {
        var part = new StringBuilder();
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '\\' && ++i == text.Length)
            {
                return (null, i);
            }

            part.Append(text[i]);
        }

        return (part.ToString(), text.Length);
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    private static partial Regex VariableName();
}
