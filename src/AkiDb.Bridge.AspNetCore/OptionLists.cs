namespace AkiDb.Bridge.AspNetCore;

/// <summary>Options that hold several values, separated by semicolons.</summary>
internal static class OptionLists
{
    public static string[] Of(string option) => option.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
