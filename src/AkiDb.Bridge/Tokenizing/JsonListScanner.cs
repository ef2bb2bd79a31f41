using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>
/// Reads the two long lists of a <c>tokenizer.json</c>, the vocabulary and the merges: a hundred thousand short strings and numbers, which
/// a general JSON reader takes several times as long for, while the host waits to start.
/// </summary>
/// <param name="json">The file.</param>
/// <param name="position">Where a value starts.</param>
internal ref struct JsonListScanner(ReadOnlySpan<byte> json, int position)
{
    private readonly ReadOnlySpan<byte> json = json;

    /// <summary>The byte after what was taken.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Takes a bracket, comma or colon, with the white space before it; false when something else comes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTake(char symbol)
    {
        SkipWhiteSpace();
        var isNext = Position < json.Length && json[Position] == symbol;
        Position += isNext ? 1 : 0;
        return isNext;
    }

    /// <summary>Takes a string, with its quotes and escapes as they stand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryTakeString(out ReadOnlySpan<byte> quoted, out bool escaped)
    {
        quoted = default;
        escaped = false;
        if (!TryTake('"'))
        {
            return false;
        }

        var start = Position - 1;
        while (Position < json.Length)
        {
            var next = json[Position++];
            if (next == '"')
            {
                quoted = json[start..Position];
                return true;
            }

            if (next == '\\')
            {
                escaped = true;
                Position++;
            }
        }

        return false;
    }

    /// <summary>Takes a whole number of 0 or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryTakeNumber(out int number)
    {
        SkipWhiteSpace();
        var start = Position;
        var value = 0L;
        while (Position < json.Length && char.IsAsciiDigit((char)json[Position]) && value <= int.MaxValue)
        {
            value = 10 * value + (json[Position++] - '0');
        }

        number = (int)value;
        return Position > start && value <= int.MaxValue;
    }

    /// <summary>Takes any number.</summary>
    public bool TryTakeNumber(out double number)
    {
        SkipWhiteSpace();
        var isNumber = Utf8Parser.TryParse(json[Position..], out number, out var length) && double.IsFinite(number);
        Position += isNumber ? length : 0;
        return isNumber;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SkipWhiteSpace()
    {
        while (Position < json.Length && json[Position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            Position++;
        }
    }
}
