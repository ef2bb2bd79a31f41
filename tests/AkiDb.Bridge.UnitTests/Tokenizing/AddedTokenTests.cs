using System.Text;
using System.Text.Json.Nodes;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>The flags of added tokens, as the reference library treats them: it was asked about thousands of random texts with such tokens.</summary>
public sealed class AddedTokenTests
{
    private static readonly AddedTokenSet Tokens = new(
    [
        new AddedToken(1, "foo"u8.ToArray(), SingleWord: true, TakesSpaceBefore: false, TakesSpaceAfter: false, Normalized: false),
        new AddedToken(2, "<l>"u8.ToArray(), SingleWord: false, TakesSpaceBefore: true, TakesSpaceAfter: false, Normalized: false),
        new AddedToken(3, "<r>"u8.ToArray(), SingleWord: false, TakesSpaceBefore: false, TakesSpaceAfter: true, Normalized: false),
        new AddedToken(4, "<r>>"u8.ToArray(), SingleWord: false, TakesSpaceBefore: false, TakesSpaceAfter: false, Normalized: false),
    ]);

    [Theory]
    [InlineData("", "")]
    [InlineData("abc", "abc")]
    [InlineData("foo", "#1")]
    [InlineData("a foo-foo9 foo_ éfoo foo", "a |#1|-foo9 foo_ éfoo |#1")]
    [InlineData("a \u3000\n<l> b", "a|#2| b")]
    [InlineData("<r> \t\u00A0b", "#3|b")]
    [InlineData("<r>  <l>x", "#3|#2|x")]
    [InlineData("<<r>>><r>", "<|#4|>|#3")]
    [InlineData("<<l<l>", "<<l|#2")]
    public void Text_is_split_at_added_tokens(string text, string expected)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        var pieces = new List<string>();
        foreach (var piece in Tokens.Split(utf8))
        {
            pieces.Add(piece.IsToken ? $"#{piece.TokenId}" : Encoding.UTF8.GetString(utf8[piece.Start..piece.End]));
        }

        Assert.Equal(expected, string.Join('|', pieces));
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2", "a[SEP]b", new[] { 101, 1037, 102, 1038, 102 })]
    [InlineData("all-MiniLM-L6-v2", "[mask]", new[] { 101, 1031, 7308, 1033, 102 })]
    public void Special_tokens_are_matched_in_raw_text(string model, string text, int[] expected) =>
        Assert.Equal(expected, Tokenizers.Load(model).Ids(text));

    [Fact]
    public void Normalized_token_is_found_in_normalised_text()
    {
        var tokenizer = Tokenizers.LoadChanged("tiny-bert-cls", file => file["added_tokens"]!.AsArray().Add(JsonNode.Parse(
            """{"id":8000,"content":"Café","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}""")));

        Assert.Equal([101, 8000, 102], tokenizer.Ids("CAFE\u0301"));
    }
}
