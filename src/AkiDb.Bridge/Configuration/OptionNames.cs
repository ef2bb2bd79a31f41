namespace AkiDb.Bridge.Configuration;

/// <summary>How the names of C# appear in configuration.</summary>
internal static class OptionNames
{
    /// <summary><c>PythonBridge</c> as <c>python-bridge</c>.</summary>
    public static string Kebab(string name) =>
        string.Concat(name.Select((letter, index) => char.IsUpper(letter) ? (index == 0 ? "" : "-") + char.ToLowerInvariant(letter) : letter.ToString()));
}
