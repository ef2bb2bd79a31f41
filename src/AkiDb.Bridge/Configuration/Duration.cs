using System.Globalization;

namespace AkiDb.Bridge.Configuration;

/// <summary>A length of time as configuration writes it: <c>00:00:05</c>, <c>5s</c>, <c>250ms</c>, <c>2m</c> or <c>1h</c>. A bare number is refused: it does not say its unit.</summary>
internal static class Duration
{
    /// <summary>What a text must be, as the second half of a sentence.</summary>
    public const string Expected = "it must be a length of time such as 00:00:05, 5s, 250ms, 2m or 1h.";

    private static readonly (string Suffix, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>Reads a length of time; returns false, and zero, for a text that is none.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        var trimmed = text.Trim();
        foreach (var (suffix, milliseconds) in Units)
        {
            if (trimmed.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(trimmed.AsSpan(0, trimmed.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number * milliseconds < TimeSpan.MaxValue.TotalMilliseconds)
            {
                duration = TimeSpan.FromMilliseconds(number * milliseconds);
                return true;
            }
        }

        var isSpan = TimeSpan.TryParse(trimmed, CultureInfo.InvariantCulture, out var span) && trimmed.Contains(':', StringComparison.Ordinal) && span >= TimeSpan.Zero;
        duration = isSpan ? span : TimeSpan.Zero;
        return isSpan;
    }
}
