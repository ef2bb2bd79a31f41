namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The locale's character set: files' names with other letters than ASCII are read wrongly in another than UTF-8.</summary>
internal static class LocaleCheck
{
    private const string Name = "locale";

    /// <param name="variable">The value of an environment variable; null or empty where it is not set.</param>
    public static Check Of(Func<string, string?> variable)
    {
        var (name, value) = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(name => (name, Value: variable(name))).FirstOrDefault(pair => !string.IsNullOrEmpty(pair.Value));
        var set = value?.Split('.') is [_, var charset] ? charset.Split('@')[0].Replace("-", "", StringComparison.Ordinal) : null;
        return set is null || set.Equals("UTF8", StringComparison.OrdinalIgnoreCase)
            ? Check.Pass(Name, value is null ? "none is set; texts are UTF-8" : $"{name}={value}; texts are UTF-8")
            : Check.Warn(Name, $"{name}={value} is not UTF-8, which this program reads and writes: a terminal shows other letters than were meant.", $"Set {name}=C.UTF-8.");
    }
}
