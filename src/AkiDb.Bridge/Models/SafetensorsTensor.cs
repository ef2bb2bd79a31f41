using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Reads one tensor's entry in a safetensors header.</summary>
internal static class SafetensorsTensor
{
    public static TensorEntry Read(string path, JsonProperty member, long dataStart, long fileSize)
    {
        if (member.Value.ValueKind != JsonValueKind.Object)
        {
            throw BadModel.In(path, $"tensor '{member.Name}' is described by a JSON {JsonFile.Kind(member.Value)} where an object is needed.");
        }

        var entry = new JsonMembers(path, $"{member.Name}.", member.Value);
        var type = entry.Text("dtype") ?? throw entry.Missing("dtype", "a type such as \"F32\"");
        var shape = Numbers(entry, "shape");
        var offsets = Numbers(entry, "data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > fileSize - dataStart)
        {
            throw entry.Wrong("data_offsets", $"a first and a last offset inside the {fileSize - dataStart} bytes of tensors");
        }

        var length = offsets[1] - offsets[0];
        if (TensorTypes.Bits(type) is { } bits && Bytes(shape, bits) != length)
        {
            throw entry.Wrong("data_offsets", $"as many bytes as shape and type ask for, not {length}");
        }

        return new TensorEntry(path, type, shape, dataStart + offsets[0], length);
    }

    private static long[] Numbers(JsonMembers entry, string name)
    {
        var numbers = new List<long>();
        foreach (var value in entry.Array(name) ?? throw entry.Missing(name, "an array of whole numbers"))
        {
            numbers.Add(value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0
                ? number
                : throw entry.Wrong(name, "an array of whole numbers from 0"));
        }

        return [.. numbers];
    }

    /// <summary>The bytes of a tensor; null where they are no whole number or beyond any file.</summary>
    private static long? Bytes(long[] shape, int bits)
    {
        try
        {
            var total = checked(shape.Aggregate(1L, (product, size) => checked(product * size)) * bits);
            return total % 8 == 0 ? total / 8 : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
