using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The parts of a <c>tokenizer.json</c>. Vocabulary and merges are cut out and streamed; the rest is small enough for a tree.</summary>
internal sealed class TokenizerSections
{
    private TokenizerSections(string file, JsonElement tree, TokenList tokens, List<int> ids, MergeList merges)
    {
        File = file;
        Root = new JsonSection(file, "tokenizer", tree);
        Model = Root.Section("model");
        Tokens = tokens;
        Ids = ids;
        Merges = merges;
    }

    /// <summary>The file, for error messages.</summary>
    public string File { get; }

    /// <summary>Everything.</summary>
    public JsonSection Root { get; }

    /// <summary>The model, with nulls for its vocabulary and merges.</summary>
    public JsonSection Model { get; }

    /// <summary>The vocabulary's tokens.</summary>
    public TokenList Tokens { get; }

    /// <summary>The ids of <see cref="Tokens"/>.</summary>
    public List<int> Ids { get; }

    /// <summary>The merges, in the order of their ranks.</summary>
    public MergeList Merges { get; }

    public static TokenizerSections Read(string file, ReadOnlySpan<byte> json)
    {
        var tokens = new TokenList();
        var ids = new List<int>();
        var merges = new MergeList();
        var rest = new MemoryStream();
        int copied = 0;
        var reader = new Utf8JsonReader(json);
        bool inModel = false;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            if (reader.CurrentDepth == 1)
            {
                inModel = reader.ValueTextEquals("model"u8);
                continue;
            }

            bool isVocabulary = inModel && reader.CurrentDepth == 2 && reader.ValueTextEquals("vocab"u8);
            bool isMerges = inModel && reader.CurrentDepth == 2 && reader.ValueTextEquals("merges"u8);
            if (!isVocabulary && !isMerges)
            {
                continue;
            }

            reader.Read();
            rest.Write(json[copied..(int)reader.TokenStartIndex]);
            rest.Write("null"u8);
            if (isVocabulary)
            {
                ReadVocabulary(file, ref reader, tokens, ids);
            }
            else if (!merges.TryRead(ref reader))
            {
                throw JsonSection.NotUnderstood(file, "model.merges", "something else than a list of strings or of pairs of strings");
            }

            copied = (int)reader.BytesConsumed;
        }

        rest.Write(json[copied..]);
        return new TokenizerSections(file, JsonElement.Parse(rest.GetBuffer().AsSpan(0, (int)rest.Length)), tokens, ids, merges);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ReadVocabulary(string file, ref Utf8JsonReader reader, TokenList tokens, List<int> ids)
    {
        bool understood = reader.TokenType == JsonTokenType.StartObject;
        while (understood && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            tokens.Add(ref reader);
            reader.Read();
            understood = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int id) && id >= 0;
            ids.Add(understood ? reader.GetInt32() : -1);
        }

        if (!understood)
        {
            throw JsonSection.NotUnderstood(file, "model.vocab", $"something else than tokens with their ids, at entry {ids.Count}");
        }
    }
}
