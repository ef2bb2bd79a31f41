namespace AkiDb.Bridge.Models;

/// <summary>One search for one model: it remembers every place that was looked at, and why the model was not there.</summary>
/// <param name="model">The model, as it was asked for.</param>
internal sealed class ModelSearch(string model)
{
    private readonly List<string> _places = [];

    /// <summary>Whether the folder is a model's; if not, why not is noted.</summary>
    public bool IsModel(string folder)
    {
        // A model without a transformer has modules only.
        if (File.Exists(Path.Combine(folder, "config.json")) || File.Exists(Path.Combine(folder, ModulesFile.Name)))
        {
            return true;
        }

        Note(folder, Directory.Exists(folder) ? "incomplete, it has no config.json" : "does not exist");
        return false;
    }

    public void Note(string place, string reason) => _places.Add($"{place}: {reason}");

    public BridgeException NotFound(string advice) => new(
        BridgeErrorKind.UnknownModel,
        $"The model '{model}' was not found. Looked at, in this order:\n{string.Join('\n', _places.Select(place => $"  - {place}"))}\n{advice}");
}
