using System.Buffers;
using System.Security.Cryptography;
using MessagePack;

namespace AkiDb.Bridge.Queue;

/// <summary>Texts of a job as a message: the same texts always make the same one, under the same id.</summary>
/// <param name="Id">A digest of the body.</param>
/// <param name="Body">MessagePack.</param>
internal sealed record JobMessage(string Id, ReadOnlyMemory<byte> Body)
{
    /// <summary>Makes the message of a request.</summary>
    public static JobMessage Of(EmbeddingRequest request)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        (string Name, object? Value)[] settings =
        [
            ("model", request.Model), ("normalize", request.Normalize), ("dimensions", request.Dimensions), ("prompt_name", request.PromptName), ("space", request.Space),
        ];
        var given = settings.Where(setting => setting.Value is not null).ToList();
        writer.WriteMapHeader(given.Count + 1);
        foreach (var (name, value) in given)
        {
            writer.Write(name);
            switch (value)
            {
                case string text:
                    writer.Write(text);
                    break;
                case bool flag:
                    writer.Write(flag);
                    break;
                case int number:
                    writer.Write(number);
                    break;
            }
        }

        writer.Write("inputs");
        writer.WriteArrayHeader(request.Inputs.Count);
        foreach (var text in request.Inputs)
        {
            writer.Write(text);
        }

        writer.Flush();
        return new JobMessage(Convert.ToHexStringLower(SHA256.HashData(output.WrittenSpan))[..32], output.WrittenMemory);
    }
}
