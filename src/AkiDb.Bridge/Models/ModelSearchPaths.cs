namespace AkiDb.Bridge.Models;

/// <summary>The places where models are looked for, all absolute.</summary>
internal sealed record ModelSearchPaths
{
    /// <summary>The folders of <c>AKIDB_MODELS_PATH</c>, in its order; empty where it is not set.</summary>
    public required IReadOnlyList<string> ModelFolders { get; init; }

    /// <summary>The Hugging Face cache: <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else <c>~/.cache/huggingface/hub</c>.</summary>
    public required string HubCache { get; init; }

    /// <summary>The folder of the hub's tools, with the cache and the user's token: <c>HF_HOME</c>, else <c>~/.cache/huggingface</c>.</summary>
    public required string HubHome { get; init; }

    /// <summary>AkiDB's own cache, <c>~/.cache/akidb/models</c>.</summary>
    public required string AkiDbCache { get; init; }

    /// <summary>Where weights that were converted from a pickle lie, beside that cache: <c>~/.cache/akidb/converted</c>.</summary>
    public required string Converted { get; init; }

    /// <summary>The user's home folder, for which <c>~</c> stands.</summary>
    public required string Home { get; init; }

    /// <summary>The folder of the model that travels with the product.</summary>
    public required string EmbeddedFolder { get; init; }

    /// <summary>The file beside that folder that says what its files were when they came with the program.</summary>
    public string EmbeddedManifest => $"{EmbeddedFolder}.manifest.json";

    /// <summary>The name of the model that travels with the product.</summary>
    public required string EmbeddedId { get; init; }

    /// <summary>The places that this process's environment names.</summary>
    public static ModelSearchPaths FromEnvironment() =>
        From(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <param name="variable">The value of an environment variable; null or empty where it is not set.</param>
    /// <param name="home">The user's home folder.</param>
    public static ModelSearchPaths From(Func<string, string?> variable, string home)
    {
        // Like the hub's own library, which honours XDG_CACHE_HOME for the default place.
        var cache = Set("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache");
        var hubHome = Set("HF_HOME") ?? Path.Combine(cache, "huggingface");
        var folders = (Set("AKIDB_MODELS_PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new ModelSearchPaths
        {
            ModelFolders = [.. folders.Select(folder => Absolute(folder, home))],
            HubHome = Absolute(hubHome, home),
            HubCache = Absolute(Set("HF_HUB_CACHE") ?? Path.Combine(hubHome, "hub"), home),
            AkiDbCache = Absolute(Path.Combine(home, ".cache", "akidb", "models"), home),
            Converted = Absolute(Path.Combine(home, ".cache", "akidb", "converted"), home),
            Home = home,
            // Where the package AkiDb.Bridge.MiniLM puts it, for a program that references that package.
            EmbeddedFolder = Path.Combine(AppContext.BaseDirectory, "models", "all-MiniLM-L6-v2"),
            EmbeddedId = "sentence-transformers/all-MiniLM-L6-v2",
        };

        string? Set(string name) => variable(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }

    /// <summary>The absolute form of a path in which <c>~</c> may stand for the home folder.</summary>
    public static string Absolute(string path, string home)
    {
        var expanded = path == "~" ? home : path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : path;
        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(expanded));
    }
}
