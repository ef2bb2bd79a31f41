using System.Buffers;
using System.Security.Cryptography;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Protocol;
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
        MessagePackMap.Write(ref writer, EmbedRequestMembers.Of(request));
        writer.Flush();
        return new JobMessage(Convert.ToHexStringLower(SHA256.HashData(output.WrittenSpan))[..32], output.WrittenMemory);
    }
}
