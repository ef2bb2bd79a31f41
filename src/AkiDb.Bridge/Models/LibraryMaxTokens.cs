namespace AkiDb.Bridge.Models;

/// <summary>Where the library cuts an input, as far as the folder's files say so.</summary>
internal static class LibraryMaxTokens
{
    public static int Read(string folder, JsonMembers config)
    {
        var file = SentenceBertConfig.FileIn(folder);
        var stated = file is null ? null : JsonFile.ReadObject(file).OptionalCount("max_seq_length");
        var least = stated ?? Math.Min(MaxTokensRule.ReadTokenizerMaximum(folder) ?? int.MaxValue, config.OptionalCount("max_position_embeddings") ?? int.MaxValue);
        return (int)Math.Min(least, int.MaxValue);
    }
}
