using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The parts of a <c>tokenizer.json</c>. Vocabulary and merges are cut out and streamed; the rest is small enough for a tree.</summary>
internal sealed class TokenizerSections
{
    private TokenizerSections(string file, JsonElement tree, VocabularyList vocabulary, MergeList merges)
    {
        File = file;
        Root = new JsonSection(file, "tokenizer", tree);
        Model = Root.Section("model");
        Vocabulary = vocabulary;
        Merges = merges;
    }

    /// <summary>The file, for error messages.</summary>
    public string File { get; }

    /// <summary>Everything.</summary>
    public JsonSection Root { get; }

    /// <summary>The model, with nulls for its vocabulary and merges.</summary>
    public JsonSection Model { get; }

    /// <summary>The vocabulary's tokens, with their ids and perhaps scores.</summary>
    public VocabularyList Vocabulary { get; }

    /// <summary>The merges, in the order of their ranks.</summary>
    public MergeList Merges { get; }

    public static TokenizerSections Read(string file, ReadOnlySpan<byte> json)
    {
        var vocabulary = new VocabularyList();
        var merges = new MergeList();
        while (FindList(json, out var isVocabulary) is >= 0 and var start)
        {
            var scanner = new JsonListScanner(json, start);
            if (!(isVocabulary ? vocabulary.TryRead(ref scanner) : merges.TryRead(ref scanner)))
            {
                throw isVocabulary
                    ? JsonSection.NotUnderstood(file, "model.vocab", $"something else than tokens with their ids or scores after entry {vocabulary.Ids.Count}")
                    : JsonSection.NotUnderstood(file, "model.merges", "something else than a list of strings or of pairs of strings");
            }

            json = (byte[])[.. json[..start], .. "null"u8, .. json[scanner.Position..]];
        }

        return new TokenizerSections(file, JsonElement.Parse(json), vocabulary, merges);
    }

    /// <summary>Where the model's vocabulary or merges start, or -1 when there are none, or none any more.</summary>
    private static int FindList(ReadOnlySpan<byte> json, out bool isVocabulary)
    {
        isVocabulary = false;
        var reader = new Utf8JsonReader(json);
        var inModel = false;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.CurrentDepth == 1)
            {
                inModel = reader.ValueTextEquals("model"u8);
            }
            else if (inModel && reader.CurrentDepth == 2)
            {
                isVocabulary = reader.ValueTextEquals("vocab"u8);
                var isMerges = reader.ValueTextEquals("merges"u8);
                reader.Read();
                if ((isVocabulary && reader.TokenType == JsonTokenType.StartObject)
                    || ((isVocabulary || isMerges) && reader.TokenType == JsonTokenType.StartArray))
                {
                    return (int)reader.TokenStartIndex;
                }
            }
        }

        return -1;
    }
}
