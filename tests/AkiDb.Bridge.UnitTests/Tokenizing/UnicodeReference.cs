using System.Globalization;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>What the reference library does with every single code point: the files in <c>tests/data/reference/unicode</c>.</summary>
internal static class UnicodeReference
{
    /// <summary>Every code point but the surrogates, with what the file says about it, or nothing.</summary>
    public static IEnumerable<(int CodePoint, string Says)> Walk(string file)
    {
        var says = new string[0x110000];
        foreach (string line in File.ReadLines(Path.Combine(TestPaths.Data, "reference", "unicode", file)))
        {
            if (line.Split('\t') is [var first, var last, var word])
            {
                var start = Parse(first);
                Array.Fill(says, word, start, Parse(last) - start + 1);
            }
        }

        return Enumerable.Range(0, says.Length)
            .Where(codePoint => codePoint is < 0xD800 or > 0xDFFF)
            .Select(codePoint => (codePoint, says[codePoint] ?? string.Empty));
    }

    /// <summary>The text of a list of code points such as <c>0065 0301</c>.</summary>
    public static string Text(string codePoints) =>
        string.Concat(codePoints.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(point => char.ConvertFromUtf32(Parse(point))));

    private static int Parse(string codePoint) => int.Parse(codePoint, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
