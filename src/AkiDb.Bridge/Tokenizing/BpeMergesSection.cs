using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads <c>model.merges</c> of a tokenizer.json.</summary>
internal static class BpeMergesSection
{
    // A byte of a token may be written as two.
    private const int WrittenBytes = 2;

    /// <summary>Turns a token as the file writes it into its bytes.</summary>
    /// <returns>False when it is none, or has more bytes than there is room for.</returns>
    public delegate bool TokenReader(ReadOnlySpan<byte> written, Span<byte> token, out int length);

    /// <summary>Reads all merges.</summary>
    /// <exception cref="BridgeException">A merge is there twice, or does not merge two tokens of the vocabulary into a third.</exception>
    public static BpeMerges Read(TokenizerSections file, Vocabulary vocabulary, TokenReader reader)
    {
        var merges = new BpeMerges(file.Merges.Count);
        var bytes = new byte[2 * WrittenBytes * vocabulary.LongestToken];
        for (var rank = 0; rank < file.Merges.Count; rank++)
        {
            file.Merges.Get(rank, out var left, out var right);
            if (rank >= BpeMerges.RankLimit || !TryAdd(merges, vocabulary, left, right, rank, bytes, reader))
            {
                throw JsonSection.NotUnderstood(
                    file.File, "model.merges", $"a list whose entry {rank} is there twice or does not merge two tokens into a third");
            }
        }

        return merges;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryAdd(
        BpeMerges merges, Vocabulary vocabulary, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, int rank, Span<byte> bytes, TokenReader reader)
    {
        if (left.IsEmpty || right.IsEmpty || left.Length + right.Length > bytes.Length
            || !reader(left, bytes, out var leftLength) || !reader(right, bytes[leftLength..], out var rightLength))
        {
            return false;
        }

        var leftId = vocabulary.Find(bytes[..leftLength]);
        var rightId = vocabulary.Find(bytes.Slice(leftLength, rightLength));
        var result = vocabulary.Find(bytes[..(leftLength + rightLength)]);
        return leftId >= 0 && rightId >= 0 && result >= 0 && merges.TryAdd(leftId, rightId, rank, result);
    }
}
