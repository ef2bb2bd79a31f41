using System.Buffers;
using System.Text;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class BertUnicodeTests
{
    private const int Unknown = 3;
    private const int Room = 8;

    private static readonly WordPieceModel Model = ModelOf("a", "b", "ab");

    [Theory]
    [InlineData("bert-uncased.tsv", true)]
    [InlineData("bert-cased.tsv", false)]
    public void Every_code_point_is_cleaned_and_split_as_in_the_reference(string file, bool uncased)
    {
        var normalizer = new BertNormalizer(cleanText: true, spaceIdeographs: true, stripAccents: uncased, lowerCase: uncased);
        var wrong = new List<string>();
        foreach ((int codePoint, string says) in UnicodeReference.Walk(file))
        {
            var normal = Normalize(normalizer, $"a{char.ConvertFromUtf32(codePoint)}b");
            if (normal != $"a{ExpectedText(codePoint, says)}b" || !Encode(normal).SequenceEqual(ExpectedIds(says)))
            {
                wrong.Add($"{codePoint:X4} {says}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("a\u0323\u0301", "a\u0323\u0301")]
    [InlineData("\u00E9\u0323", "\u00E9\u0323")]
    public void Accents_stay_untouched_when_they_are_not_stripped(string text, string expected)
    {
        Assert.Equal(expected, Normalize(new BertNormalizer(true, true, stripAccents: false, lowerCase: true), text));
    }

    [Fact]
    public void Marks_that_the_old_tables_do_not_know_as_accents_are_put_in_order()
    {
        // U+1D165 (class 216) is a spacing mark: it survives, and belongs before U+302E (class 224) even across a dropped NUL.
        var normalizer = new BertNormalizer(true, true, stripAccents: true, lowerCase: true);

        Assert.Equal("a\U0001D165\u302Eb", Normalize(normalizer, "a\u302E\0\U0001D165b"));
    }

    private static string ExpectedText(int codePoint, string says) => says switch
    {
        "drop" => string.Empty,
        "space" => " ",
        "" or "punct" => char.ConvertFromUtf32(codePoint),
        "cjk" => $" {char.ConvertFromUtf32(codePoint)} ",
        _ => UnicodeReference.Text(says["map:".Length..].Replace(" punct", string.Empty, StringComparison.Ordinal)),
    };

    private static int[] ExpectedIds(string says) => says switch
    {
        "drop" => [2],
        "space" => [0, 1],
        "punct" or "cjk" => [0, Unknown, 1],
        _ when says.EndsWith(" punct", StringComparison.Ordinal) => [0, Unknown, 1],
        _ => [Unknown],
    };

    private static string Normalize(BertNormalizer normalizer, string text)
    {
        var output = new PooledBuffer<byte>(stackalloc byte[64]);
        Assert.True(normalizer.TryNormalize(Encoding.UTF8.GetBytes(text), ref output));
        return Encoding.UTF8.GetString(output.Written);
    }

    private static int[] Encode(string text)
    {
        var ids = new ArrayBufferWriter<int>();
        var sink = new TokenSink(ids, Room);
        Model.Encode(Encoding.UTF8.GetBytes(text), ref sink);
        sink.Flush();
        return ids.WrittenSpan.ToArray();
    }

    private static WordPieceModel ModelOf(params string[] words)
    {
        byte[] pool = Encoding.UTF8.GetBytes(string.Concat(words));
        var starts = new Vocabulary(pool, words.Length);
        var offset = 0;
        for (var id = 0; id < words.Length; id++)
        {
            Assert.True(starts.TryAdd(offset, words[id].Length, id));
            offset += words[id].Length;
        }

        return new WordPieceModel(starts, new Vocabulary([], 0), Unknown, longestWord: 100);
    }
}
