namespace AkiDb.Bridge.Models;

/// <summary>Reads <c>config_sentence_transformers.json</c>: the prompts, and which of them is used unasked. The file may be absent.</summary>
/// <param name="Prompts">Texts to put before an input, by name.</param>
/// <param name="DefaultName">The prompt that is used unasked; null for none.</param>
internal sealed record PromptsFile(IReadOnlyDictionary<string, string> Prompts, string? DefaultName)
{
    public const string Name = "config_sentence_transformers.json";

    public static PromptsFile Read(string folder)
    {
        var prompts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, Name)) is not { } config)
        {
            return new PromptsFile(prompts.AsReadOnly(), null);
        }

        config.Expect("model_type", "SentenceTransformer");
        config.ExpectNothing("truncate_dim");
        if (config.Object("prompts") is { } members)
        {
            foreach (var prompt in members.Element.EnumerateObject())
            {
                prompts.Add(prompt.Name, members.Text(prompt.Name) ?? "");
            }
        }

        var defaultName = config.Text("default_prompt_name");
        return defaultName is null || prompts.ContainsKey(defaultName)
            ? new PromptsFile(prompts.AsReadOnly(), defaultName)
            : throw config.Wrong("default_prompt_name", $"null or the name of one of the prompts ({string.Join(", ", prompts.Keys)})");
    }
}
