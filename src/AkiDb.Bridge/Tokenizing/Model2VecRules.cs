using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>How the model2vec library prepares a text for the model.</summary>
internal static class Model2VecRules
{
    /// <summary>The id of unknown tokens, which are left out; null where the tokeniser has none.</summary>
    public static int? UnknownId(TokenizerSections file, List<AddedToken> added)
    {
        // The library's class for Unigram does not say which token is the unknown one.
        if (file.Model.Type == "Unigram" || file.Model.IsNull("unk_token"))
        {
            return null;
        }

        var unknown = Encoding.UTF8.GetBytes(file.Model.String("unk_token"));
        if (added.Find(token => token.Content.AsSpan().SequenceEqual(unknown)) is { } token)
        {
            return token.Id;
        }

        var tokens = file.Vocabulary.Tokens;
        var place = Enumerable.Range(0, tokens.Count).Cast<int?>().FirstOrDefault(place => tokens[place!.Value].SequenceEqual(unknown));
        return place is { } found ? file.Vocabulary.Ids[found] : throw file.Model.Refuse("unk_token");
    }

    /// <summary>The most characters of a text that are read: the maximum tokens, each as long as the vocabulary's median.</summary>
    public static int MostCharacters(TokenizerSections file, List<AddedToken> added, int maxTokens)
    {
        var tokens = file.Vocabulary.Tokens;
        var known = new HashSet<int>(file.Vocabulary.Ids);
        int[] lengths =
        [
            .. Enumerable.Range(0, tokens.Count).Select(place => Characters(tokens[place])),
            .. added.Where(token => !known.Contains(token.Id)).Select(token => Characters(token.Content)),
        ];
        Array.Sort(lengths);
        return maxTokens * ((lengths[(lengths.Length - 1) / 2] + lengths[lengths.Length / 2]) / 2);
    }

    private static int Characters(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var value in utf8)
        {
            count += Utf8Text.IsContinuation(value) ? 0 : 1;
        }

        return count;
    }
}
