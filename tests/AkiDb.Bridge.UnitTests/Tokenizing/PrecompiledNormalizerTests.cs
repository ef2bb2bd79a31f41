using System.Text;
using System.Text.Json.Nodes;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>SentencePiece's character map over grapheme clusters; what is expected is what the reference library answers.</summary>
public sealed class PrecompiledNormalizerTests
{
    private static readonly PrecompiledNormalizer Normalizer = new(Map());

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("a\u0300", "\u00E0")]
    [InlineData("a\u0300\u0301", "\u00E0")]
    [InlineData("a\u0302\u0301", "\u00E2")]
    [InlineData("\u2460\u0301", "1")]
    [InlineData("\uFB01\u0301", "fi")]
    [InlineData("か\u3099", "か\u3099")]
    [InlineData("a\r\nb", "a b")]
    [InlineData("\r\u0300", " \u0300")]
    [InlineData("a\u200D\u0300", "a\u200D\u0300")]
    [InlineData("\u0915\u094D\u0958\u0301", "\u0915\u094D\u0915\u093C\u0301")]
    [InlineData("\u0958\u0301", "\u0915\u093C")]
    [InlineData("\u0600a\u0300", "\u0600a\u0300")]
    [InlineData("👩\u200D™\u0301", "👩\u200DTM\u0301")]
    [InlineData("™\u0301", "TM")]
    [InlineData("a\u0001b\u007Fc\u200Bd\te\u0085", "abc d e\u0085")]
    public void Clusters_are_mapped_as_in_the_reference_library(string text, string expected)
    {
        var output = new PooledBuffer<byte>([]);
        Assert.True(Normalizer.TryNormalize(Encoding.UTF8.GetBytes(text), ref output));
        Assert.Equal(expected, Encoding.UTF8.GetString(output.Written));
        output.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("////fw==")]
    [InlineData("BAAAAA==")]
    public void Damaged_map_is_refused(string base64) => Assert.False(CharacterMap.TryRead(Convert.FromBase64String(base64), out _));

    [Fact]
    public void Map_of_noise_is_refused_or_maps_to_whole_characters()
    {
        var random = new Random(3);
        for (var i = 0; i < 200; i++)
        {
            var bytes = new byte[4 + 4 * 64 + 16];
            random.NextBytes(bytes);
            bytes[0] = bytes[1] = bytes[2] = bytes[3] = 0;
            bytes[1] = 1;
            "é東a\0b\0c\0"u8.CopyTo(bytes.AsSpan(4 + 4 * 64));
            bytes.AsSpan(4 + 4 * 64 + 10).Clear();
            if (CharacterMap.TryRead(bytes, out var map))
            {
                var output = new PooledBuffer<byte>([]);
                new PrecompiledNormalizer(map).TryNormalize(Encoding.UTF8.GetBytes("é東京 text \u0301"), ref output);
                Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(output.Written));
                output.Dispose();
            }
        }
    }

    private static CharacterMap Map()
    {
        var file = JsonNode.Parse(File.ReadAllText(Tokenizers.PathOf("tiny-xlm-roberta")))!;
        Assert.True(CharacterMap.TryRead(Convert.FromBase64String(file["normalizer"]!["precompiled_charsmap"]!.GetValue<string>()), out var map));
        return map;
    }
}
