using System.ComponentModel;
using System.Globalization;

namespace AkiDb.Bridge;

/// <summary>A length of time in configuration: <c>00:00:05</c>, <c>5s</c>, <c>250ms</c>, <c>2m</c> or <c>1h</c>. A bare number is refused: it does not say its unit.</summary>
/// <param name="Value">The length.</param>
[TypeConverter(typeof(DurationConverter))]
public readonly record struct Duration(TimeSpan Value)
{
    private static readonly (string Suffix, double Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>A duration from a <see cref="TimeSpan"/>.</summary>
    /// <param name="value">The length.</param>
    public static implicit operator Duration(TimeSpan value) => new(value);

    /// <summary>The <see cref="TimeSpan"/> of a duration.</summary>
    /// <param name="duration">The duration.</param>
    public static implicit operator TimeSpan(Duration duration) => duration.Value;

    /// <summary>A duration from a <see cref="TimeSpan"/>.</summary>
    /// <param name="value">The length.</param>
    public static Duration FromTimeSpan(TimeSpan value) => new(value);

    /// <summary>The <see cref="TimeSpan"/> of this duration.</summary>
    public TimeSpan ToTimeSpan() => Value;

    /// <summary>Reads a duration as configuration writes it.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static Duration Parse(string text) =>
        TryParse(text, out var duration) ? duration : throw new FormatException($"'{text}' is no duration: write 00:00:05 or 5s, 250ms, 2m, 1h.");

    /// <summary>Reads a duration as configuration writes it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration; zero when this returns false.</param>
    public static bool TryParse(string text, out Duration duration)
    {
        ArgumentNullException.ThrowIfNull(text);
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

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("c", CultureInfo.InvariantCulture);
}
