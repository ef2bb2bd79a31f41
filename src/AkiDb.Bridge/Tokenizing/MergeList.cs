using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The merges of a BPE model as they are read: strings with a space in the middle, or arrays of two strings.</summary>
internal sealed class MergeList
{
    private readonly TokenList _parts = new();
    private bool _arePairs;

    public int Count => _arePairs ? _parts.Count / 2 : _parts.Count;

    /// <summary>The two tokens that a merge joins. The right one is empty when there are no two.</summary>
    public void Get(int rank, out ReadOnlySpan<byte> left, out ReadOnlySpan<byte> right)
    {
        if (_arePairs)
        {
            left = _parts[2 * rank];
            right = _parts[2 * rank + 1];
            return;
        }

        ReadOnlySpan<byte> both = _parts[rank];
        int space = both.IndexOf((byte)' ');
        left = both[..Math.Max(space, 0)];
        right = space < 0 ? default : both[(space + 1)..];
    }

    /// <summary>Reads the value that the reader stands on; false when it is no list of merges.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryRead(ref Utf8JsonReader reader)
    {
        bool understood = reader.TokenType == JsonTokenType.StartArray;
        while (understood && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _arePairs |= _parts.Count == 0 && reader.TokenType == JsonTokenType.StartArray;
            understood = _arePairs ? TryReadPair(ref reader) : TryReadPart(ref reader);
        }

        return understood;
    }

    private bool TryReadPair(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.StartArray
        && reader.Read() && TryReadPart(ref reader)
        && reader.Read() && TryReadPart(ref reader)
        && reader.Read() && reader.TokenType == JsonTokenType.EndArray;

    private bool TryReadPart(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        _parts.Add(ref reader);
        return true;
    }
}
