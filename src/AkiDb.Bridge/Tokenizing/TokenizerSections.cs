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

    /// <summary>Reads a file. Of a member that stands twice the last one counts, as for the reference.</summary>
    /// <exception cref="BridgeException">The vocabulary or the merges are something else than a list of them.</exception>
    public static TokenizerSections Read(string file, ReadOnlySpan<byte> json)
    {
        var (vocabulary, vocabularyModel) = (new VocabularyList(), 0);
        var (merges, mergesModel) = (new MergeList(), 0);
        int model;
        while (FindList(json, out model, out var isVocabulary) is >= 0 and var start)
        {
            var scanner = new JsonListScanner(json, start);
            if (isVocabulary)
            {
                (vocabulary, vocabularyModel) = (new VocabularyList(), model);
                if (!vocabulary.TryRead(ref scanner))
                {
                    throw JsonSection.NotUnderstood(file, "model.vocab", $"something else than tokens with their ids or scores after entry {vocabulary.Ids.Count}");
                }
            }
            else
            {
                (merges, mergesModel) = (new MergeList(), model);
                if (!merges.TryRead(ref scanner))
                {
                    throw JsonSection.NotUnderstood(file, "model.merges", "something else than a list of strings or of pairs of strings");
                }
            }

            json = (byte[])[.. json[..start], .. "null"u8, .. json[scanner.Position..]];
        }

        return new TokenizerSections(
            file, JsonElement.Parse(json), vocabularyModel == model ? vocabulary : new VocabularyList(), mergesModel == model ? merges : new MergeList());
    }

    /// <summary>Where the vocabulary or the merges of a model start, or -1 when there are none, or none any more.</summary>
    /// <param name="json">The file, with nulls in place of what was found before.</param>
    /// <param name="model">How many models stand up to there: the one that it belongs to is the last of them.</param>
    /// <param name="isVocabulary">Whether it is the vocabulary.</param>
    private static int FindList(ReadOnlySpan<byte> json, out int model, out bool isVocabulary)
    {
        isVocabulary = false;
        model = 0;
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
                model += inModel ? 1 : 0;
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
