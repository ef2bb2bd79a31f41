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
        while (FindList(json, out bool isVocabulary) is >= 0 and int start)
        {
            var scanner = new JsonListScanner(json, start);
            if (!(isVocabulary ? TryReadVocabulary(ref scanner, tokens, ids) : merges.TryRead(ref scanner)))
            {
                throw isVocabulary
                    ? JsonSection.NotUnderstood(file, "model.vocab", $"something else than tokens with their ids after entry {ids.Count}")
                    : JsonSection.NotUnderstood(file, "model.merges", "something else than a list of strings or of pairs of strings");
            }

            json = (byte[])[.. json[..start], .. "null"u8, .. json[scanner.Position..]];
        }

        return new TokenizerSections(file, JsonElement.Parse(json), tokens, ids, merges);
    }

    /// <summary>Where the model's vocabulary or merges start, or -1 when there are none, or none any more.</summary>
    private static int FindList(ReadOnlySpan<byte> json, out bool isVocabulary)
    {
        isVocabulary = false;
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
            }
            else if (inModel && reader.CurrentDepth == 2)
            {
                isVocabulary = reader.ValueTextEquals("vocab"u8);
                bool isMerges = reader.ValueTextEquals("merges"u8);
                reader.Read();
                if (reader.TokenType == (isVocabulary ? JsonTokenType.StartObject : JsonTokenType.StartArray) && (isVocabulary || isMerges))
                {
                    return (int)reader.TokenStartIndex;
                }
            }
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryReadVocabulary(ref JsonListScanner scanner, TokenList tokens, List<int> ids)
    {
        if (!scanner.TryTake('{'))
        {
            return false;
        }

        bool understood = true;
        bool more = !scanner.TryTake('}');
        while (more && understood)
        {
            understood = scanner.TryTakeString(out ReadOnlySpan<byte> quoted, out bool escaped) && scanner.TryTake(':');
            if (understood && scanner.TryTakeNumber(out int id))
            {
                tokens.Add(quoted, escaped);
                ids.Add(id);
                more = scanner.TryTake(',');
                understood = more || scanner.TryTake('}');
            }
            else
            {
                understood = false;
            }
        }

        return understood;
    }
}
