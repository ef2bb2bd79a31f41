using System.Buffers;
using System.Runtime.InteropServices;
using MessagePack;

namespace AkiDb.Bridge.WorkerDouble;

/// <summary>What the host says, as far as the double must know it.</summary>
/// <param name="Type">The kind of message.</param>
/// <param name="Id">The request's number.</param>
/// <param name="Weights">The file of the model's weights.</param>
/// <param name="Lengths">How many ids each text has.</param>
/// <param name="Ids">The ids of all texts.</param>
internal sealed record HostMessage(string Type, long Id, string Weights, int[] Lengths, int[] Ids)
{
    public static HostMessage Parse(ReadOnlyMemory<byte> frame)
    {
        var reader = new MessagePackReader(frame);
        var message = new HostMessage("", 0, "", [], []);
        for (var members = reader.ReadMapHeader(); members > 0; members--)
        {
            message = reader.ReadString() switch
            {
                "type" => message with { Type = reader.ReadString()! },
                "id" => message with { Id = reader.ReadInt64() },
                "model" => message with { Weights = ReadWeights(ref reader) },
                "lengths" => message with { Lengths = ReadNumbers(ref reader) },
                "ids" => message with { Ids = ReadNumbers(ref reader) },
                _ => Skip(ref reader, message),
            };
        }

        return message;
    }

    private static string ReadWeights(ref MessagePackReader reader)
    {
        var weights = "";
        for (var members = reader.ReadMapHeader(); members > 0; members--)
        {
            if (reader.ReadString() == "weights")
            {
                for (var files = reader.ReadArrayHeader(); files > 0; files--)
                {
                    weights = reader.ReadString()!;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return weights;
    }

    private static int[] ReadNumbers(ref MessagePackReader reader) => MemoryMarshal.Cast<byte, int>(reader.ReadBytes()!.Value.ToArray()).ToArray();

    private static HostMessage Skip(ref MessagePackReader reader, HostMessage message)
    {
        reader.Skip();
        return message;
    }
}
