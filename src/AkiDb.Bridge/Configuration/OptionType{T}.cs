using System.Diagnostics.CodeAnalysis;

namespace AkiDb.Bridge.Configuration;

/// <summary>How a value of one type is written in the configuration.</summary>
/// <param name="parse">Reads it; returns false for a text that is none.</param>
/// <param name="expected">What a text must be, as the second half of a sentence.</param>
/// <typeparam name="T">The type.</typeparam>
internal sealed class OptionType<T>(OptionType<T>.Parser parse, string expected)
{
    /// <summary>Reads a text; returns false for one that is no such value.</summary>
    public delegate bool Parser(string text, [MaybeNullWhen(false)] out T value);

    /// <summary>What a text must be, as the second half of a sentence.</summary>
    public string Expected => expected;

    /// <inheritdoc cref="Parser"/>
    public bool TryParse(string text, [MaybeNullWhen(false)] out T value) => parse(text, out value);
}
