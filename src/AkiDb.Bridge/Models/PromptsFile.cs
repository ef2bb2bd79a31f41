namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config_sentence_transformers.json</c>: the prompts, and which of them is used unasked. The file may be absent.</summary>
/// <param name="Prompts">Texts to put before an input, by name.</param>
/// <param name="DefaultName">The prompt that is used unasked; null for none.</param>
/// <param name="TruncatedTo">The components that the library keeps of every vector; null for all.</param>
internal sealed record PromptsFile(IReadOnlyDictionary<string, string> Prompts, string? DefaultName, int? TruncatedTo)
{
    public const string Name = "config_sentence_transformers.json";

    /// <summary>Reads the file of a model's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="acceptTruncation">Whether the model's vectors may be cut by default.</param>
    public static PromptsFile Read(string folder, bool acceptTruncation = false)
    {
        var prompts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, Name)) is not { } config)
        {
            return new PromptsFile(prompts.AsReadOnly(), null, null);
        }

        config.Expect("model_type", "SentenceTransformer");
        if (!acceptTruncation)
        {
            config.ExpectNothing("truncate_dim");
        }

        if (config.Object("prompts") is { } members)
        {
            foreach (var prompt in members.Element.EnumerateObject())
            {
                prompts[prompt.Name] = members.Text(prompt.Name) ?? "";
            }
        }

        var defaultName = config.Text("default_prompt_name");
        return defaultName is null || prompts.ContainsKey(defaultName)
            ? new PromptsFile(prompts.AsReadOnly(), defaultName, config.OptionalCount("truncate_dim"))
            : throw config.Wrong("default_prompt_name", $"null or the name of one of the prompts ({string.Join(", ", prompts.Keys)})");
    }
}
