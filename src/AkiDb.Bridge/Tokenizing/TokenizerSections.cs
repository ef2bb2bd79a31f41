using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The parts of a <c>tokenizer.json</c>. The vocabulary is streamed; the rest is small.</summary>
internal sealed class TokenizerSections
{
    private readonly Dictionary<string, JsonElement> _parts = [];
    private readonly Dictionary<string, JsonElement> _model = [];

    private TokenizerSections(string file)
    {
        File = file;
        Root = new JsonSection(file, "tokenizer", _parts);
        Model = new JsonSection(file, "model", _model);
    }

    /// <summary>The file, for error messages.</summary>
    public string File { get; }

    /// <summary>Everything but the model.</summary>
    public JsonSection Root { get; }

    /// <summary>The model without its vocabulary and merges.</summary>
    public JsonSection Model { get; }

    /// <summary>The vocabulary's tokens.</summary>
    public TokenList Tokens { get; } = new();

    /// <summary>The ids of <see cref="Tokens"/>.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>The merges: either one string each, or two.</summary>
    public TokenList Merges { get; } = new();

    /// <summary>Whether a merge is an array of two strings, not one string with a space.</summary>
    public bool MergesArePairs { get; private set; }

    public static TokenizerSections Read(string file, ReadOnlySpan<byte> json)
    {
        var sections = new TokenizerSections(file);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        sections.ReadMembers(ref reader, sections._parts, "tokenizer");
        return sections;
    }

    private void ReadMembers(ref Utf8JsonReader reader, Dictionary<string, JsonElement> members, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonSection.NotUnderstood(File, name, reader.TokenType.ToString());
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string member = reader.GetString()!;
            reader.Read();
            switch (member)
            {
                case "truncation" or "padding" or "decoder" when members == _parts:
                    reader.Skip();
                    break;
                case "model" when members == _parts:
                    ReadMembers(ref reader, _model, "model");
                    break;
                case "vocab" when members == _model && reader.TokenType == JsonTokenType.StartObject:
                    ReadVocabulary(ref reader);
                    break;
                case "merges" when members == _model && reader.TokenType == JsonTokenType.StartArray:
                    ReadMerges(ref reader);
                    break;
                default:
                    members[member] = JsonElement.ParseValue(ref reader);
                    break;
            }
        }
    }

    private void ReadVocabulary(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            Tokens.Add(ref reader);
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0)
            {
                throw JsonSection.NotUnderstood(File, "model.vocab", $"a vocabulary whose entry {Tokens.Count - 1} has no id of 0 or more");
            }

            Ids.Add(id);
        }
    }

    private void ReadMerges(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Merges.Count == 0)
            {
                MergesArePairs = reader.TokenType == JsonTokenType.StartArray;
            }

            if (MergesArePairs && reader.TokenType == JsonTokenType.StartArray)
            {
                ReadMergePart(ref reader);
                ReadMergePart(ref reader);
                reader.Read();
                RefuseMergeUnless(reader.TokenType == JsonTokenType.EndArray);
            }
            else
            {
                RefuseMergeUnless(!MergesArePairs && reader.TokenType == JsonTokenType.String);
                Merges.Add(ref reader);
            }
        }
    }

    private void ReadMergePart(ref Utf8JsonReader reader)
    {
        reader.Read();
        RefuseMergeUnless(reader.TokenType == JsonTokenType.String);
        Merges.Add(ref reader);
    }

    private void RefuseMergeUnless(bool understood)
    {
        if (!understood)
        {
            throw JsonSection.NotUnderstood(File, "model.merges", "a list of something else than strings or pairs of strings");
        }
    }
}
