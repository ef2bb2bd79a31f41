using System.Text.RegularExpressions;

namespace AkiDb.Bridge.Models;

/// <summary>
/// A model's name on the hub: <c>name</c> or <c>org/name</c>, and perhaps <c>@revision</c>. It can never leave the folder it is looked for in.
/// </summary>
/// <param name="Id">The name without revision.</param>
/// <param name="Revision">A branch, tag or commit; null where none was asked for.</param>
internal sealed partial record HubName(string Id, string? Revision)
{
    /// <summary>The name without its organisation.</summary>
    public string ShortName => Id[(Id.IndexOf('/') + 1)..];

    /// <summary>The folder of this model in the Hugging Face cache.</summary>
    public string CacheFolder => $"models--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>The parsed name, or null for a text that cannot be one.</summary>
    public static HubName? Parse(string text) => Pattern().Match(text) is { Success: true } match
        ? new HubName(match.Groups["id"].Value, match.Groups["revision"] is { Success: true } revision ? revision.Value : null)
        : null;

    /// <summary>The name whose snapshot a folder of the Hugging Face cache is, with the snapshot's revision; null for any other folder.</summary>
    public static HubName? OfSnapshot(string folder)
    {
        var snapshots = Path.GetDirectoryName(folder);
        var model = Path.GetFileName(Path.GetDirectoryName(snapshots)) ?? "";
        return Path.GetFileName(snapshots) == "snapshots" && model.StartsWith("models--", StringComparison.Ordinal)
            ? Parse($"{model["models--".Length..].Replace("--", "/", StringComparison.Ordinal)}@{Path.GetFileName(folder)}")
            : null;
    }

    /// <remarks>Every part begins with a letter, digit or underscore, so none of them is <c>..</c> or a hidden file.</remarks>
    [GeneratedRegex(
        @"\A(?<id>\w[\w.-]*(/\w[\w.-]*)?)(@(?<revision>\w[\w.-]*(/\w[\w.-]*)*))?\z",
        RegexOptions.ECMAScript | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
