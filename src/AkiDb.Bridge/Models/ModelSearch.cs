namespace AkiDb.Bridge.Models;

/// <summary>One search for one model: it remembers every place that was looked at, and why the model was not there.</summary>
internal sealed class ModelSearch(string model)
{
    private static readonly string[] WeightEndings = [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".npz"];

    private readonly List<string> places = [];

    /// <summary>Whether the folder is a model's; if not, the search remembers why.</summary>
    public bool IsModel(string folder)
    {
        // A model without a transformer has modules only.
        if (File.Exists(Path.Combine(folder, "config.json")) || File.Exists(Path.Combine(folder, ModulesFile.Name)))
        {
            return true;
        }

        Add(folder, Directory.Exists(folder) ? "incomplete, it has no config.json" : File.Exists(folder) ? "is a file, and a model is a folder" : "does not exist");
        return false;
    }

    /// <summary>
    /// Whether a snapshot that is a model's has weights too; if not, the search remembers it. Tokenisers, and exports for other runtimes, are fetched into the
    /// same folder without them.
    /// </summary>
    public bool HasWeights(string snapshot)
    {
        if (FolderFiles.In(snapshot).Any(file => WeightEndings.Contains(Path.GetExtension(file))))
        {
            return true;
        }

        Add(snapshot, "incomplete, it has no weights");
        return false;
    }

    public void Add(string place, string reason) => places.Add($"{place}: {reason}");

    public BridgeException NotFound(string advice) => new(
        BridgeErrorKind.UnknownModel,
        $"The model '{model}' was not found. Looked at, in this order:\n{string.Join('\n', places.Select(place => $"  - {place}"))}\n{advice}");
}
