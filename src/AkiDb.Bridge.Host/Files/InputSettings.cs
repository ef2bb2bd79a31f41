namespace AkiDb.Bridge.Host.Files;

/// <summary>How inputs are read.</summary>
internal sealed record InputSettings
{
    /// <summary>The format of all of them; null for what the name or the first bytes of each say.</summary>
    public InputFormat? Format { get; init; }

    /// <summary>The member or column with the text; null for the one called text.</summary>
    public string? Field { get; init; }

    /// <summary>The member or column that names rows; null for their numbers.</summary>
    public string? IdField { get; init; }

    /// <summary>The longest text that any model takes, in UTF-16 characters.</summary>
    public int MostCharacters { get; init; } = 1_000_000;
}
