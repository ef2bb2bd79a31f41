using System.Buffers.Binary;
using System.Text;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Pickles;

/// <summary>Reads which tensors a file of <c>torch.save</c> holds: the zip archive of PyTorch 1.6 and later, or the row of pickles of those before.</summary>
internal static class StateDictReader
{
    // Far above the description of any model's tensors.
    private const int MostPickleBytes = 64 << 20;
    private const string Pickle = "/data.pkl";

    private static ReadOnlySpan<byte> ZipStart => "PK\x03\x04"u8;

    /// <summary>The pickle of the number with which the older files begin.</summary>
    private static ReadOnlySpan<byte> OldStart => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <exception cref="BridgeException">The file is damaged, or holds something else than tensors; the error says what.</exception>
    public static StateDict Read(PickleFile file)
    {
        var start = file.Read(0, (int)Math.Min(file.Length, OldStart.Length));
        return start.AsSpan().StartsWith(ZipStart) ? ReadArchive(file)
            : start.AsSpan().SequenceEqual(OldStart) ? ReadOld(file)
            : throw file.Refuse("it is no file of torch.save");
    }

    private static StateDict ReadArchive(PickleFile file)
    {
        var entries = ZipDirectory.Read(file);
        var pickles = entries.Keys.Where(name => name.EndsWith(Pickle, StringComparison.Ordinal) && !name[..^Pickle.Length].Contains('/')).ToArray();
        if (pickles.Length != 1)
        {
            throw file.Refuse($"it holds {pickles.Length} files 'data.pkl' where one is needed");
        }

        var root = pickles[0][..^Pickle.Length];
        if (entries.TryGetValue($"{root}/byteorder", out var order) && (order.Length > 16 || Encoding.UTF8.GetString(file.Read(order.Offset, (int)order.Length)) != "little"))
        {
            throw file.Refuse("its numbers are stored with the highest byte first");
        }

        var pickle = entries[pickles[0]];
        if (pickle.Length > MostPickleBytes)
        {
            throw file.Refuse($"its pickle has {pickle.Length} bytes, which no model's has");
        }

        var machine = new PickleMachine(file, file.Read(pickle.Offset, (int)pickle.Length));
        var tensors = TensorsOf(file, machine.Run());
        var storages = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var storage in tensors.Values.Select(tensor => tensor.Storage))
        {
            if (!entries.TryGetValue($"{root}/data/{storage.Key}", out var entry) || entry.Length != BytesOf(storage))
            {
                throw file.Refuse($"its storage '{PickleFile.Shown(storage.Key)}' is missing, or has not the {storage.Elements} numbers that its pickle says");
            }

            storages[storage.Key] = entry.Offset;
        }

        return new StateDict(file, tensors, storages);
    }

    private static StateDict ReadOld(PickleFile file)
    {
        var code = file.Read(0, (int)Math.Min(file.Length, MostPickleBytes));
        var at = OldStart.Length;
        if (Next(file, code, ref at) is not 1001L)
        {
            throw file.Refuse("it is of a version of torch.save that is not understood");
        }

        if (Next(file, code, ref at) is not Dictionary<string, object?> system || system.GetValueOrDefault("little_endian") is not true)
        {
            throw file.Refuse("its numbers are stored with the highest byte first");
        }

        var tensors = TensorsOf(file, Next(file, code, ref at));
        var keys = Next(file, code, ref at) as List<object?> ?? throw file.Refuse("its pickle is damaged");
        return new StateDict(file, tensors, FollowStorages(file, tensors, keys, at));
    }

    /// <summary>Each storage has the number of its elements before it.</summary>
    private static Dictionary<string, long> FollowStorages(PickleFile file, IReadOnlyDictionary<string, PickledTensor> tensors, List<object?> keys, long at)
    {
        var known = new Dictionary<string, PickledStorage>(StringComparer.Ordinal);
        foreach (var storage in tensors.Values.Select(tensor => tensor.Storage))
        {
            if (!known.TryAdd(storage.Key, storage) && known[storage.Key] != storage)
            {
                throw file.Refuse($"its storage '{PickleFile.Shown(storage.Key)}' is said to be two things");
            }
        }

        var storages = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var storage = key is string name && known.TryGetValue(name, out var found) && !storages.ContainsKey(name) ? found : throw file.Refuse("its list of storages is damaged");
            if (BinaryPrimitives.ReadInt64LittleEndian(file.Read(at, sizeof(long))) != storage.Elements || BytesOf(storage) > file.Length - at - sizeof(long))
            {
                throw file.Refuse($"its storage '{PickleFile.Shown(storage.Key)}' has not the {storage.Elements} numbers that its pickle says");
            }

            storages[storage.Key] = at + sizeof(long);
            at += sizeof(long) + BytesOf(storage);
        }

        return storages.Count == known.Count ? storages : throw file.Refuse("its list of storages is damaged");
    }

    private static object? Next(PickleFile file, byte[] code, ref int at)
    {
        var machine = new PickleMachine(file, code.AsSpan(at));
        var value = machine.Run();
        at += machine.Position;
        return value;
    }

    private static Dictionary<string, PickledTensor> TensorsOf(PickleFile file, object? value)
    {
        var members = value as Dictionary<string, object?> ?? throw file.Refuse("its pickle is no dictionary of tensors");
        var other = members.FirstOrDefault(member => member.Value is not PickledTensor).Key;
        return members.Count > 0 && other is null
            ? members.ToDictionary(member => member.Key, member => (PickledTensor)member.Value!, StringComparer.Ordinal)
            : throw file.Refuse(other is null ? "its pickle holds no tensors" : $"'{PickleFile.Shown(other)}' in its pickle is no tensor");
    }

    /// <summary>The bytes of a storage; more than any file where their number is beyond all bounds.</summary>
    private static long BytesOf(PickledStorage storage)
    {
        var size = TensorTypes.Bits(storage.Type)!.Value / 8;
        return storage.Elements <= long.MaxValue / size ? storage.Elements * size : long.MaxValue;
    }
}
