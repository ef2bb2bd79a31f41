using System.Text.Json;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The special tokens that the reference library's class has a name for, such as <c>sep_token</c>: only these are special ones to it.</summary>
/// <param name="Certain">The ids of which every version of the library says so.</param>
/// <param name="Doubtful">Those of which the files do not say it alike.</param>
internal sealed record NamedTokens(IReadOnlySet<int> Certain, IReadOnlySet<int> Doubtful)
{
    private static readonly string[] Single = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];
    private static readonly string[] Lists = ["additional_special_tokens", "extra_special_tokens"];

    /// <summary>None.</summary>
    public static NamedTokens None { get; } = new(new HashSet<int>(), new HashSet<int>());

    /// <summary>Those of a tokeniser's files, whose tokens were found to be listed in <c>tokenizer.json</c>.</summary>
    public static NamedTokens Of(TokenizerSections file, TokenizerConfig config)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var doubtful = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in file.Root.Sections("added_tokens"))
        {
            ids[token.String("content")] = token.Integer("id");
            if (token.Flag("special"))
            {
                doubtful.Add(token.String("content"));
            }
        }

        var map = JsonFile.ReadObjectIfPresent(Path.Combine(Path.GetDirectoryName(config.Members.File)!, "special_tokens_map.json"));
        var certain = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in Single)
        {
            var named = config.TokenOf(member, file.Model.Type);
            if (map?.Find(member) is { } other && SpecialTokens.ContentOf(other) != named)
            {
                // Which of the two files counts depends on the version.
                doubtful.UnionWith(new[] { named, SpecialTokens.ContentOf(other) }.OfType<string>());
            }
            else if (named is not null)
            {
                certain.Add(named);
            }
        }

        foreach (var list in Lists.Select(member => config.Members.Find(member)).OfType<JsonElement>().Where(list => list.ValueKind == JsonValueKind.Array))
        {
            certain.UnionWith(list.EnumerateArray().Select(SpecialTokens.ContentOf).OfType<string>());
        }

        return new NamedTokens(Ids(certain), Ids(doubtful.Except(certain)));

        HashSet<int> Ids(IEnumerable<string> tokens) => [.. tokens.Where(ids.ContainsKey).Select(token => ids[token])];
    }

    /// <summary>Whether an id is that of such a token; null where there is no telling.</summary>
    public bool? Has(int id) => Certain.Contains(id) ? true : Doubtful.Contains(id) ? null : false;
}
