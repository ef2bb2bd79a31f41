using System.Collections;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Takes out of sentences what may not leave this machine: the values of secret variables and options, passwords in addresses, the home folder's name.</summary>
internal sealed class Redaction
{
    private const string Removed = "[removed]";

    // Shorter ones are no secrets, and are part of many a word.
    private const int ShortestSecret = 4;

    private static readonly string[] SecretWords = ["TOKEN", "KEY", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];

    private readonly string home;
    private readonly List<string> secrets;

    /// <param name="named">Variables and options, by their names.</param>
    /// <param name="home">The user's home folder.</param>
    public Redaction(IEnumerable<KeyValuePair<string, string?>> named, string home)
    {
        this.home = home;
        secrets = [.. named.SelectMany(Secrets).Where(value => value.Length >= ShortestSecret).Distinct().OrderByDescending(value => value.Length)];
    }

    /// <summary>What this process's environment and command line have.</summary>
    /// <param name="values">What the command line says, as configuration.</param>
    public static Redaction OfThisProcess(IReadOnlyDictionary<string, string?> values) => new(
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, (string?)entry.Value)).Concat(values),
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>The sentence without them.</summary>
    public string Of(string sentence)
    {
        var clean = secrets.Aggregate(sentence, (text, secret) => text.Replace(secret, Removed, StringComparison.Ordinal));
        return home.Length > 1 ? clean.Replace(home, "~", StringComparison.Ordinal) : clean;
    }

    private static IEnumerable<string> Secrets(KeyValuePair<string, string?> named)
    {
        var (name, value) = (named.Key, named.Value ?? "");
        if (SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            yield return value;
        }

        if (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.UserInfo.Length > 0)
        {
            yield return address.UserInfo;
            foreach (var part in address.UserInfo.Split(':'))
            {
                yield return Uri.UnescapeDataString(part);
            }
        }
    }
}
