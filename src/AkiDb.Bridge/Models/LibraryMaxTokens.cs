namespace AkiDb.Bridge.Models;

/// <summary>Where the library cuts an input, as far as the folder's files say so.</summary>
internal static class LibraryMaxTokens
{
    /// <param name="folder">The transformer's folder.</param>
    /// <param name="config">Its <c>config.json</c>.</param>
    public static int Read(string folder, JsonMembers config)
    {
        var file = SentenceBertConfig.FileIn(folder);
        var stated = file is null ? null : JsonFile.ReadObject(file).OptionalCount("max_seq_length");
        var least = stated ?? Math.Min(MaxTokensRule.ReadTokenizerMaximum(folder) ?? int.MaxValue, config.OptionalCount("max_position_embeddings") ?? int.MaxValue);
        return (int)Math.Min(least, int.MaxValue);
    }
}
