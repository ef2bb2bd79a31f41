namespace AkiDb.Bridge.Hub;

/// <summary>Which files of a model are fetched: safetensors, JSON and text. No pickle, no program code, no second copy of the weights for another runtime.</summary>
internal static class WantedFiles
{
    private const string WeightsEnding = ".safetensors";

    private static readonly string[] Endings = [".json", ".txt", ".model", ".jinja", WeightsEnding];
    private static readonly string[] FoldersOfOtherRuntimes = ["onnx/", "openvino/", "tf/", "flax/"];

    /// <summary>The wanted ones of a revision's files.</summary>
    /// <exception cref="HubException">A path leaves the model's folder, or there are no weights that may be fetched.</exception>
    public static IReadOnlyList<string> Of(string model, IReadOnlyList<string> files)
    {
        if (files.FirstOrDefault(file => !StaysWithin(file)) is { } astray)
        {
            throw new HubException($"The hub lists a file of {model} that would lie outside the model's folder: {Diagnostics.ForeignText.Quote(astray)}. Nothing was fetched.");
        }

        var wanted = files.Where(IsWanted).Distinct(StringComparer.Ordinal).ToList();
        return wanted.Exists(file => file.EndsWith(WeightsEnding, StringComparison.Ordinal))
            ? wanted
            : throw new HubException(
                $"{model} has no weights as safetensors on the hub, and others are not fetched. "
                + "Choose a revision that has some (NAME@REVISION), or fetch its pickle with the hub's own tool and run 'akidb-bridge models convert'.");
    }

    private static bool IsWanted(string file) =>
        Endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal))
        && !FoldersOfOtherRuntimes.Any(folder => file.StartsWith(folder, StringComparison.Ordinal));

    private static bool StaysWithin(string file) =>
        file.Split('/').All(part => part.Length > 0 && part is not ("." or "..")) && !file.Any(letter => letter is '\\' or ':' || char.IsControl(letter));
}
