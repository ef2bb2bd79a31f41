using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore;
using MessagePack;

namespace AkiDb.Bridge.Queue;

/// <summary>The answer to a job's message: vectors, or why there are none.</summary>
/// <param name="Vectors">One for each text; empty with an error.</param>
/// <param name="Space">Their space.</param>
/// <param name="Tokens">The tokens of all texts.</param>
/// <param name="ServedBy">The engines that computed them.</param>
/// <param name="Error">Why there are none; null where there are.</param>
internal sealed record JobAnswer(IReadOnlyList<ReadOnlyMemory<float>> Vectors, string Space, long Tokens, string ServedBy, BridgeError? Error)
{
    /// <summary>Reads an answer.</summary>
    /// <exception cref="InvalidDataException">It is no answer of a consumer.</exception>
    public static JobAnswer Read(string? contentType, ReadOnlyMemory<byte> body)
    {
        try
        {
            return contentType == QueueAnswer.ProblemType ? ReadProblem(body) : ReadVectors(body);
        }
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or JsonException or KeyNotFoundException
            or FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException("A message among the job's answers is no answer of a consumer: somebody else writes to its stream.", error);
        }
    }

    private static JobAnswer ReadProblem(ReadOnlyMemory<byte> body)
    {
        using var json = JsonDocument.Parse(body);
        var code = json.RootElement.GetProperty("code").GetString();
        var kind = Enum.GetValues<BridgeErrorKind>().First(kind => ProblemCodes.Of(kind) == code);
        var error = new BridgeError(kind, json.RootElement.GetProperty("detail").GetString()!)
        {
            InputIndex = json.RootElement.TryGetProperty("input", out var input) ? input.GetInt32() : null,
        };
        return new JobAnswer([], "", 0, "", error);
    }

    private static JobAnswer ReadVectors(ReadOnlyMemory<byte> body)
    {
        var (numbers, dimension, space, servedBy, tokens) = (Array.Empty<float>(), 0, "", "", 0L);
        var reader = new MessagePackReader(body);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            switch (reader.ReadString())
            {
                case "embeddings":
                    numbers = NumbersOf(ref reader);
                    break;
                case "dimension":
                    dimension = reader.ReadInt32();
                    break;
                case "space":
                    space = reader.ReadString() ?? "";
                    break;
                case "served_by":
                    servedBy = reader.ReadString() ?? "";
                    break;
                case "usage":
                    tokens = TokensOf(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (dimension <= 0 || numbers.Length % dimension != 0)
        {
            throw new InvalidOperationException($"{numbers.Length} numbers are no vectors of {dimension}.");
        }

        return new JobAnswer([.. Enumerable.Range(0, numbers.Length / dimension).Select(row => (ReadOnlyMemory<float>)numbers.AsMemory(row * dimension, dimension))], space, tokens, servedBy, null);
    }

    private static float[] NumbersOf(ref MessagePackReader reader)
    {
        var bytes = reader.ReadBytes() is { } sequence ? sequence : default;
        var numbers = new float[bytes.Length / sizeof(float)];
        System.Buffers.BuffersExtensions.CopyTo(bytes, MemoryMarshal.AsBytes(numbers.AsSpan()));
        return numbers;
    }

    private static long TokensOf(ref MessagePackReader reader)
    {
        var tokens = 0L;
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            if (reader.ReadString() == "total_tokens")
            {
                tokens = reader.ReadInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        return tokens;
    }
}
