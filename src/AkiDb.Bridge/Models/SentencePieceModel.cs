using System.Buffers.Binary;
using System.Text;

namespace AkiDb.Bridge.Models;

/// <summary>Reads a file of SentencePiece, a protocol buffer, as far as its pieces, their scores and its character map go.</summary>
/// <param name="Pieces">The pieces; a piece's place is its id.</param>
/// <param name="CharacterMap">How characters are normalised; empty for not at all.</param>
/// <param name="IsUnigram">Whether it is a Unigram model.</param>
/// <remarks>The numbers are those of the fields in sentencepiece_model.proto.</remarks>
internal sealed record SentencePieceModel(IReadOnlyList<SentencePiece> Pieces, ReadOnlyMemory<byte> CharacterMap, bool IsUnigram)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    private const int NormalPiece = 1;
    private const int UnigramType = 1;

    /// <exception cref="BridgeException">The file cannot be read, or is damaged.</exception>
    public static SentencePieceModel Read(string file)
    {
        ReadOnlyMemory<byte> rest = RegularFile.ReadAll(file, JsonFile.MaxBytes);
        var pieces = new List<SentencePiece>();
        var map = ReadOnlyMemory<byte>.Empty;
        var isUnigram = true;
        try
        {
            while (!rest.IsEmpty)
            {
                var (field, _, value) = Next(ref rest);
                switch (field)
                {
                    case 1:
                        pieces.Add(Piece(value));
                        break;
                    case 2:
                        isUnigram = Number(value, 3, UnigramType) == UnigramType;
                        break;
                    case 3:
                        map = Find(value, 2, Bytes) ?? map;
                        break;
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or DecoderFallbackException)
        {
            throw BadModel.In(file, "is no SentencePiece model, or is damaged. Download the model again.", error);
        }

        return new SentencePieceModel(pieces, map, isUnigram);
    }

    private static SentencePiece Piece(ReadOnlyMemory<byte> message) => new(
        Encoding.UTF8.GetString((Find(message, 1, Bytes) ?? default).Span),
        Find(message, 2, Fixed32) is { } score ? BinaryPrimitives.ReadSingleLittleEndian(score.Span) : 0,
        Number(message, 3, NormalPiece) == NormalPiece);

    private static ulong Number(ReadOnlyMemory<byte> message, int field, ulong otherwise)
    {
        if (Find(message, field, Varint) is not { } bytes)
        {
            return otherwise;
        }

        return TakeVarint(ref bytes);
    }

    /// <summary>The last value of a field; null where the message has none.</summary>
    private static ReadOnlyMemory<byte>? Find(ReadOnlyMemory<byte> message, int wanted, int kind)
    {
        ReadOnlyMemory<byte>? found = null;
        while (!message.IsEmpty)
        {
            var (field, type, value) = Next(ref message);
            found = field == wanted && type == kind ? value : found;
        }

        return found;
    }

    private static (int Field, int Type, ReadOnlyMemory<byte> Value) Next(ref ReadOnlyMemory<byte> message)
    {
        var key = TakeVarint(ref message);
        var type = (int)(key & 7);
        var value = message;
        var length = type switch
        {
            Varint => LengthOfVarint(message.Span),
            Fixed64 => sizeof(ulong),
            Bytes => (int)Math.Min(TakeVarint(ref value), int.MaxValue),
            Fixed32 => sizeof(uint),
            _ => throw new InvalidDataException(),
        };
        if (length > value.Length || key >> 3 > int.MaxValue)
        {
            throw new InvalidDataException();
        }

        message = value[length..];
        return ((int)(key >> 3), type, value[..length]);
    }

    private static ulong TakeVarint(ref ReadOnlyMemory<byte> message)
    {
        var length = LengthOfVarint(message.Span);
        var value = 0UL;
        for (var index = 0; index < length; index++)
        {
            value |= (ulong)(message.Span[index] & 0x7F) << (7 * index);
        }

        message = message[length..];
        return value;
    }

    private static int LengthOfVarint(ReadOnlySpan<byte> bytes)
    {
        const int Longest = 10;
        for (var index = 0; index < Math.Min(bytes.Length, Longest); index++)
        {
            if (bytes[index] < 0x80)
            {
                return index + 1;
            }
        }

        throw new InvalidDataException();
    }
}
