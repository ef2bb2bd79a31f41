using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AkiDb.Bridge.Configuration;

/// <summary>The types that options have.</summary>
internal static class OptionType
{
    private const string Automatic = "auto";
    private const string ExpectedNumber = "it must be a whole number.";
    private const NumberStyles WholeNumber = NumberStyles.Integer;

    /// <summary>Any text.</summary>
    public static OptionType<string> Text { get; } = new((string text, [MaybeNullWhen(false)] out string value) => (value = text) is not null, "");

    /// <summary>Any text, or none.</summary>
    public static OptionType<string?> OptionalText { get; } = new((string text, out string? value) => (value = text) is not null, "");

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static OptionType<bool> Flag { get; } = new(bool.TryParse, "it must be true or false.");

    /// <summary>A whole number.</summary>
    public static OptionType<int> Number { get; } = new(TryParseNumber, ExpectedNumber);

    /// <summary>A whole number, or none.</summary>
    public static OptionType<int?> OptionalNumber { get; } = new(TryParseOptional, $"{ExpectedNumber} Or empty.");

    /// <summary>A whole number that may be large.</summary>
    public static OptionType<long> LargeNumber { get; } = new(
        (string text, out long value) => long.TryParse(text, WholeNumber, CultureInfo.InvariantCulture, out value), ExpectedNumber);

    /// <summary>A whole number, or <c>auto</c> (null) for what suits the machine.</summary>
    public static OptionType<int?> AutomaticNumber { get; } = new(TryParseAutomatic, $"{ExpectedNumber} Or {Automatic}.");

    /// <summary>A length of time with its unit.</summary>
    public static OptionType<TimeSpan> Time { get; } = new(Duration.TryParse, Duration.Expected);

    /// <summary>One of an enum's names, as <c>python-bridge</c>.</summary>
    public static OptionType<TEnum> Choice<TEnum>()
        where TEnum : struct, Enum
    {
        // Not Enum.TryParse: it takes numbers and lists too.
        var values = Enum.GetNames<TEnum>().ToDictionary(name => name, Enum.Parse<TEnum>, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in values.ToList())
        {
            values[OptionNames.Kebab(name)] = value;
        }

        return new(
            (string text, out TEnum value) => values.TryGetValue(text, out value) || values.TryGetValue(text.Replace("-", "", StringComparison.Ordinal), out value),
            $"it must be one of {string.Join(", ", Enum.GetNames<TEnum>().Select(OptionNames.Kebab))}.");
    }

    private static bool TryParseNumber(string text, out int value) => int.TryParse(text, WholeNumber, CultureInfo.InvariantCulture, out value);

    private static bool TryParseOptional(string text, out int? value)
    {
        var isNumber = TryParseNumber(text, out var number);
        value = isNumber ? number : null;
        return isNumber || text.Length == 0;
    }

    private static bool TryParseAutomatic(string text, out int? value)
    {
        var automatic = text.Equals(Automatic, StringComparison.OrdinalIgnoreCase);
        var isNumber = TryParseNumber(text, out var number);
        value = isNumber ? number : null;
        return automatic || isNumber;
    }
}
