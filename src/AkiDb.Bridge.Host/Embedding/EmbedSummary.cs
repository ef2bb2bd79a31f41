using System.Globalization;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>What came of embedding files.</summary>
/// <param name="Rows">The rows of the input that are done, in all runs; null where an earlier run had done all of them already.</param>
/// <param name="Bad">Those that could not be embedded.</param>
/// <param name="Texts">The texts that were embedded in this run.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Space">The embedding space.</param>
/// <param name="ServedBy">The engines that computed last.</param>
/// <param name="Output">The file or folder; null for standard output.</param>
/// <param name="BadRowsFile">The file that names the rows which could not be embedded; null where there is none.</param>
internal sealed record EmbedSummary(
    long? Rows, long Bad, long Texts, long Tokens, double Seconds, string Space, string ServedBy, string? Output, string? BadRowsFile)
{
    /// <summary>The texts of a second.</summary>
    public double TextsPerSecond => Texts / Math.Max(Seconds, 0.001);

    /// <summary>The tokens of a second.</summary>
    public double TokensPerSecond => Tokens / Math.Max(Seconds, 0.001);

    /// <summary>A sentence or two for people.</summary>
    [JsonIgnore]
    public string Sentence
    {
        get
        {
            var by = ServedBy.Length > 0 ? $" by {ServedBy}" : "";
            var sentence = string.Create(
                CultureInfo.InvariantCulture,
                $"{Texts:N0} {(Texts == 1 ? "text was" : "texts were")} embedded{by} in {Seconds:N1} s: {TextsPerSecond:N0} texts/s, {TokensPerSecond:N0} tokens/s.");
            return Bad == 0 ? sentence
                : string.Create(CultureInfo.InvariantCulture, $"{sentence} {Bad:N0} of {Rows:N0} rows could not be{(BadRowsFile is null ? "" : $": see {BadRowsFile}")}.");
        }
    }
}
