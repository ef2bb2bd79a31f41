using System.Globalization;
using AkiDb.Bridge.Host.Files;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Which files are embedded, and where their vectors go.</summary>
/// <param name="Inputs">Files and patterns.</param>
/// <param name="Input">How they are read.</param>
/// <param name="Format">How vectors are written.</param>
/// <param name="Output">Where; null for standard output.</param>
/// <param name="Job">The job whose vectors are collected; null where they are computed.</param>
/// <param name="Resume">Whether unfinished work is gone on with.</param>
/// <param name="Append">Whether rows are added to an output that is there.</param>
internal sealed record FileJobSettings(IReadOnlyList<string> Inputs, InputSettings Input, OutputFormat Format, OutputPaths? Output, string? Job, bool Resume, bool Append)
{
    /// <summary>What must stay the same when the work is gone on with, in one line.</summary>
    public string Fixed => string.Create(
        CultureInfo.InvariantCulture,
        $"format={Format};shard-rows={Output?.ShardRows};input-format={Input.Format};field={Input.Field};id={Input.IdField}");
}
