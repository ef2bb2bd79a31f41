using System.Buffers.Binary;
using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>
/// Reads the header of a safetensors file: 8 bytes of length, that many bytes of JSON, then the tensors without gap or overlap.
/// Nothing is allocated, and no offset is believed, before it has been checked against the file's size.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The format's own limit.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>The first bytes of the text file that git leaves in place of a large file it has not fetched.</summary>
    private static ReadOnlySpan<byte> LargeFilePointer => "version "u8;

    /// <summary>Every tensor of the file by its name.</summary>
    public static IReadOnlyDictionary<string, TensorEntry> Read(SealedFile file)
    {
        var path = file.Name;
        try
        {
            var size = file.Length;
            Span<byte> prefix = stackalloc byte[sizeof(ulong)];
            ReadFully(file, prefix, 0);
            if (prefix.SequenceEqual(LargeFilePointer))
            {
                throw BadModel.In(path, "is a Git LFS pointer, not the weights themselves. Fetch the file with 'git lfs pull'.");
            }

            var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (length > MaxHeaderBytes || (long)length > size - sizeof(ulong))
            {
                throw BadModel.In(
                    path,
                    $"is no whole safetensors file: it states a header of {length} bytes, but has {size} bytes "
                    + $"(a header may have {MaxHeaderBytes}). Download it again.");
            }

            var header = new byte[length];
            ReadFully(file, header, sizeof(ulong));
            return Parse(path, header, sizeof(ulong) + (long)length, size);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(path, $"cannot be read ({error.Message}).", error);
        }
    }

    private static Dictionary<string, TensorEntry> Parse(string path, byte[] header, long dataStart, long fileSize)
    {
        var root = JsonFile.Parse(path, header, refuseTwice: true);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw BadModel.In(path, $"its header is a JSON {JsonFile.Kind(root)} where an object is needed.");
        }

        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject().Where(member => member.Name != "__metadata__"))
        {
            tensors.Add(member.Name, SafetensorsTensor.Read(path, member, dataStart, fileSize));
        }

        CheckWithoutGaps(path, tensors, dataStart, fileSize);
        return tensors;
    }

    private static void CheckWithoutGaps(string path, Dictionary<string, TensorEntry> tensors, long dataStart, long fileSize)
    {
        var end = dataStart;
        foreach (var (name, tensor) in tensors.OrderBy(pair => pair.Value.Offset).ThenBy(pair => pair.Value.Length))
        {
            if (tensor.Offset != end)
            {
                throw BadModel.In(
                    path,
                    $"tensor '{name}' begins at byte {tensor.Offset}, but the one before it ends at {end}: it is damaged. Download it again.");
            }

            end += tensor.Length;
        }

        if (end != fileSize)
        {
            throw BadModel.In(path, $"its tensors end at byte {end}, but it has {fileSize} bytes: it is damaged. Download it again.");
        }
    }

    private static void ReadFully(SealedFile file, Span<byte> buffer, long offset)
    {
        if (file.Read(buffer, offset) is var read && read < buffer.Length)
        {
            throw BadModel.In(file.Name, $"ends after {offset + read} bytes, inside its header. Download it again.");
        }
    }
}
