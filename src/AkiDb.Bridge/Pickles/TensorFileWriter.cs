using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Pickles;

/// <summary>Writes tensors to a safetensors file.</summary>
internal static class TensorFileWriter
{
    private const int Alignment = 8;
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes the tensors of several files, in the order of their names.</summary>
    /// <returns>The SHA-256 of what was written.</returns>
    /// <exception cref="BridgeException">A name is there twice, or the tensors share so much that they would take many times the room.</exception>
    public static byte[] Write(Stream target, IReadOnlyList<StateDict> sources, CancellationToken cancellationToken)
    {
        var tensors = new SortedDictionary<string, (StateDict Source, PickledTensor Tensor)>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            foreach (var (name, tensor) in source.Tensors)
            {
                if (!tensors.TryAdd(name, (source, tensor)))
                {
                    throw source.File.Refuse($"the tensor '{PickleFile.Shown(name)}' is in another file, too");
                }
            }
        }

        // Tensors that share a storage are written one by one. Two that are one are usual; a file of a hundred that are one is no model.
        const int MostTimes = 4;
        if (tensors.Values.Sum(pair => (decimal)Bytes(pair.Tensor)) > MostTimes * sources.Sum(source => (decimal)source.File.Length))
        {
            throw sources[0].File.Refuse($"its tensors share their numbers so often that they would take more than {MostTimes} times its room");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Put(target, hash, Header(tensors));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (var (source, tensor) in tensors.Values)
            {
                Copy(source, tensor, target, hash, buffer.AsSpan(0, BufferBytes), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return hash.GetHashAndReset();
    }

    private static byte[] Header(SortedDictionary<string, (StateDict Source, PickledTensor Tensor)> tensors)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();

            // The library asks which framework's tensors these are.
            writer.WriteStartObject("__metadata__");
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            var start = 0L;
            foreach (var (name, (_, tensor)) in tensors)
            {
                WriteEntry(writer, name, tensor, ref start);
            }

            writer.WriteEndObject();
        }

        var length = (json.WrittenCount + Alignment - 1) / Alignment * Alignment;
        var header = new byte[sizeof(long) + length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        json.WrittenSpan.CopyTo(header.AsSpan(sizeof(long)));
        header.AsSpan(sizeof(long) + json.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter writer, string name, PickledTensor tensor, ref long start)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", tensor.Storage.Type);
        writer.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(start);
        start += Bytes(tensor);
        writer.WriteNumberValue(start);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Copy(StateDict source, PickledTensor tensor, Stream target, IncrementalHash hash, Span<byte> buffer, CancellationToken cancellationToken)
    {
        var size = SizeOf(tensor);
        var first = source.Storages[tensor.Storage.Key] + (tensor.Start * size);
        if (!tensor.IsContiguous)
        {
            CopyOneByOne(source, tensor, first, target, hash, buffer, cancellationToken);
            return;
        }

        for (var (done, bytes) = (0L, Bytes(tensor)); done < bytes; done += buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = buffer[..(int)Math.Min(buffer.Length, bytes - done)];
            source.File.Read(part, first + done);
            Put(target, hash, part);
        }
    }

    /// <summary>A view whose elements do not lie one behind the other, such as a transposed one. Its rows may lie anywhere in the storage.</summary>
    private static void CopyOneByOne(
        StateDict source, PickledTensor tensor, long first, Stream target, IncrementalHash hash, Span<byte> buffer, CancellationToken cancellationToken)
    {
        var size = SizeOf(tensor);
        var index = new long[tensor.Shape.Length];
        var used = 0;
        for (var left = tensor.Elements; left > 0; left--)
        {
            if (used + size > buffer.Length)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Put(target, hash, buffer[..used]);
                used = 0;
            }

            var offset = 0L;
            for (var axis = 0; axis < index.Length; axis++)
            {
                offset += index[axis] * tensor.Strides[axis];
            }

            source.File.Read(buffer.Slice(used, size), first + (offset * size));
            used += size;
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == tensor.Shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        Put(target, hash, buffer[..used]);
    }

    private static void Put(Stream target, IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        target.Write(bytes);
        hash.AppendData(bytes);
    }

    private static int SizeOf(PickledTensor tensor) => TensorTypes.Bits(tensor.Storage.Type)!.Value / 8;

    private static long Bytes(PickledTensor tensor) => tensor.Elements * SizeOf(tensor);
}
