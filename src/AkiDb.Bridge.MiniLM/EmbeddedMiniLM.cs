namespace AkiDb.Bridge.MiniLM;

/// <summary>The all-MiniLM-L6-v2 model that travels with the product (384 dimensions, 256 tokens, mean pooling, normalised).</summary>
public static class EmbeddedMiniLM
{
    /// <summary>The model's name on the Hugging Face hub.</summary>
    public const string Id = "sentence-transformers/all-MiniLM-L6-v2";

    /// <summary>The model's folder beside the running program, in Hugging Face's layout.</summary>
    public static string FolderPath => Path.Combine(AppContext.BaseDirectory, "models", "all-MiniLM-L6-v2");
}
