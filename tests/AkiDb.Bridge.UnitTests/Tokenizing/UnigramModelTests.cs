using System.Buffers;
using System.Text;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class UnigramModelTests
{
    private const int Unknown = 0;

    [Fact]
    public void Best_path_is_the_one_that_trying_all_pieces_at_all_places_finds()
    {
        var random = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            string[] pieces = ["?", .. Enumerable.Range(0, random.Next(1, 40)).Select(_ => Letters(random, random.Next(1, 5))).Distinct()];

            // Few different scores, so that ties abound.
            double[] scores = [0, .. pieces.Skip(1).Select(_ => -(double)random.Next(1, 4))];
            var model = Model(pieces, scores);
            for (var j = 0; j < 30; j++)
            {
                var word = Letters(random, random.Next(1, 30));
                Assert.Equal(BestPath(word, pieces, scores), Ids(model, word, int.MaxValue));
            }
        }
    }

    [Fact]
    public void Long_word_is_read_no_further_than_its_ids_are_kept()
    {
        var model = Model(["?", "a", "b", "ab"], [0, -1, -1, -1]);
        var word = string.Concat(Enumerable.Repeat("ab", 500_000));

        Assert.Equal(Enumerable.Repeat(3, 100), Ids(model, word, 100));
    }

    [Theory]
    [InlineData("a b", new[] { 1, 2, 3 })]
    [InlineData("aé", new[] { 1, 200, 174 })]
    [InlineData("東b京京", new[] { 2, 235, 162, 182, 3, 233, 191, 177, 233, 191, 177 })]
    [InlineData("é <0x41> ☃a", new[] { 2, 200, 174, 2, 70, 2, 231, 157, 136, 102 })]
    public void Characters_that_are_no_pieces_become_bytes_where_the_file_says_so(string text, int[] expected)
    {
        // The ids are the reference library's.
        var bytes = string.Join(',', Enumerable.Range(0, 256).Select(value => $"[\"<0x{value:X2}>\", -9.0]"));
        var file = $$$"""
            {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["<unk>", 0.0], ["▁a", -1.0], ["▁", -2.0], ["b", -2.5], ["ab", -2.25], {{{bytes}}}]}}
            """;

        Assert.Equal(expected, Tokenizers.LoadText(file).Ids(text));
        Assert.Contains("byte_fallback", Assert.Throws<BridgeException>(() => Tokenizers.LoadText(file.Replace("<0x7F>", "<0x7G>", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vocabulary_of_full_size_finds_each_of_its_pieces()
    {
        var random = new Random(9);
        string[] pieces = [.. Enumerable.Range(0, 250_002).Select(i => $"{Letters(random, random.Next(1, 6))}{i:X}")];
        Assert.True(PieceTrie.TryBuild(List(pieces), out var trie));

        for (var i = 0; i < pieces.Length; i += 97)
        {
            Assert.Equal(i, trie.Find(Encoding.UTF8.GetBytes(pieces[i])));
        }

        Assert.Equal(PieceTrie.None, trie.Find("nothing"u8));
    }

    [Fact]
    public void Piece_that_is_there_twice_or_empty_is_refused()
    {
        Assert.False(PieceTrie.TryBuild(List(["a", "b", "a"]), out _));
        Assert.False(PieceTrie.TryBuild(List(["a", ""]), out _));
    }

    private static string Letters(Random random, int count) => new(random.GetItems<char>(['a', 'b', 'c', 'é', '東'], count));

    private static UnigramModel Model(string[] pieces, double[] scores)
    {
        Assert.True(PieceTrie.TryBuild(List(pieces), out var trie));
        return new UnigramModel(trie, scores, Unknown, splitsAtWhiteSpace: true, addsMark: false);
    }

    private static TokenList List(string[] pieces)
    {
        var tokens = new TokenList();
        foreach (var piece in pieces)
        {
            tokens.Add(Encoding.UTF8.GetBytes($"\"{piece}\""), escaped: false);
        }

        return tokens;
    }

    private static int[] Ids(UnigramModel model, string text, int room)
    {
        var ids = new ArrayBufferWriter<int>();
        var sink = new TokenSink(ids, room);
        model.Encode(Encoding.UTF8.GetBytes(text), ref sink);
        sink.Flush();
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>The definition, without a tree and without stretches: ties go to the piece that begins first.</summary>
    private static List<int> BestPath(string word, string[] pieces, double[] scores)
    {
        var best = new (double Score, int Start, int Piece)[word.Length + 1];
        for (var end = 1; end <= word.Length; end++)
        {
            best[end] = (double.NegativeInfinity, -1, -1);
            for (var start = 0; start < end; start++)
            {
                var piece = Array.IndexOf(pieces, word[start..end]);
                var score = piece > 0 ? scores[piece] : end - start == 1 ? scores.Min() - 10 : double.NegativeInfinity;
                if (best[start].Score + score > best[end].Score)
                {
                    best[end] = (best[start].Score + score, start, Math.Max(piece, Unknown));
                }
            }
        }

        var path = new List<int>();
        for (var end = word.Length; end > 0; end = best[end].Start)
        {
            if (!(best[end].Piece == Unknown && path.Count > 0 && path[^1] == Unknown))
            {
                path.Add(best[end].Piece);
            }
        }

        path.Reverse();
        return path;
    }
}
