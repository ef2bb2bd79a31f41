using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads the added tokens of a <c>tokenizer.json</c>.</summary>
internal static class AddedTokenSections
{
    public static List<AddedToken> Build(TokenizerSections file, TextNormalizer? normalizer, TokenModel model)
    {
        var tokens = new List<AddedToken>();
        var contents = new HashSet<string>(StringComparer.Ordinal);
        var next = file.Vocabulary.Tokens.Count;
        foreach (var section in file.Root.Sections("added_tokens"))
        {
            section.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var content = section.String("content");
            if (content.Length == 0 || !contents.Add(content))
            {
                throw section.Refuse("content");
            }

            // The library looks a token up in the vocabulary or counts on from its end, whatever the file says; where the two differ, ids are in doubt.
            var known = model.Find(Encoding.UTF8.GetBytes(content));
            var id = section.Integer("id");
            if (id != (known >= 0 ? known : next))
            {
                throw section.Refuse("id");
            }

            next = Math.Max(next, id + 1);
            var normalized = section.Flag("normalized");
            tokens.Add(new AddedToken(
                id,
                Content(section, content, normalized ? normalizer : null),
                section.Flag("single_word"),
                section.Flag("lstrip"),
                section.Flag("rstrip"),
                normalized)
            {
                Name = Encoding.UTF8.GetBytes(content),
                IsSpecial = !section.IsNull("special") && section.Flag("special"),
            });
        }

        return tokens;
    }

    private static byte[] Content(JsonSection section, string content, TextNormalizer? normalizer)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(content);
        var normal = new PooledBuffer<byte>([]);
        try
        {
            if (normalizer is not null && normalizer.TryNormalize(utf8, ref normal))
            {
                utf8 = normal.Written.ToArray();
            }
        }
        finally
        {
            normal.Dispose();
        }

        return utf8.Length > 0 ? utf8 : throw section.Refuse("content");
    }
}
