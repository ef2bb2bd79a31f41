using System.Buffers.Binary;
using System.Text;

namespace AkiDb.Bridge.Pickles;

/// <summary>Reads which files a zip archive holds. Only stored files, as PyTorch writes them: each is a part of the archive, and no two share a byte.</summary>
/// <remarks>Nothing is allocated, and no offset is believed, before it has been checked against the archive's size.</remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint EntrySignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;

    private const int EndLength = 22;
    private const int Locator64Length = 20;
    private const int End64Length = 56;
    private const int EntryLength = 46;
    private const int LocalLength = 30;
    private const int LongestComment = ushort.MaxValue;

    // Far above any model's.
    private const int MostEntries = 200_000;
    private const int MostDirectoryBytes = 64 << 20;

    /// <summary>Every file of the archive by its name.</summary>
    public static Dictionary<string, ZipEntry> Read(PickleFile file)
    {
        var (start, length, count) = FindDirectory(file);
        if (count > MostEntries || length > MostDirectoryBytes)
        {
            throw file.Refuse($"its directory has {count} entries and {length} bytes, which no model's has");
        }

        var directory = file.Read(start, (int)length);
        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        var at = 0;
        for (var index = 0L; index < count; index++)
        {
            var (name, entry, next) = ReadEntry(file, directory, at, start);
            if (!entries.TryAdd(name, entry))
            {
                throw file.Refuse($"it holds '{PickleFile.Shown(name)}' twice");
            }

            at = next;
        }

        RefuseOverlaps(file, entries);
        return entries;
    }

    private static (long Start, long Length, long Count) FindDirectory(PickleFile file)
    {
        var tailLength = (int)Math.Min(file.Length, EndLength + LongestComment);
        var tailStart = file.Length - tailLength;
        var tail = file.Read(tailStart, tailLength);
        for (var at = tailLength - EndLength; at >= 0; at--)
        {
            if (UInt32(tail, at) == EndSignature && UInt16(tail, at + 20) == tailLength - at - EndLength)
            {
                var end = tailStart + at;
                var (count, length, start) = ((long)UInt16(tail, at + 10), (long)UInt32(tail, at + 12), (long)UInt32(tail, at + 16));
                if (count == ushort.MaxValue || length == uint.MaxValue || start == uint.MaxValue)
                {
                    (start, length, count, end) = FindDirectory64(file, end);
                }

                return start >= 0 && length >= 0 && count >= 0 && start <= end && length <= end - start
                    ? (start, length, count)
                    : throw file.Refuse("its directory lies outside the file");
            }
        }

        throw file.Refuse("it is cut off: the end of the archive is missing");
    }

    private static (long Start, long Length, long Count, long End) FindDirectory64(PickleFile file, long end)
    {
        var locator = file.Read(end - Locator64Length, Locator64Length);
        var at = (long)UInt64(locator, 8);
        if (UInt32(locator, 0) != Locator64Signature || at < 0 || at > end - Locator64Length - End64Length)
        {
            throw file.Refuse("its directory lies outside the file");
        }

        var record = file.Read(at, End64Length);
        return UInt32(record, 0) == End64Signature
            ? ((long)UInt64(record, 48), (long)UInt64(record, 40), (long)UInt64(record, 32), at)
            : throw file.Refuse("its directory lies outside the file");
    }

    private static (string Name, ZipEntry Entry, int Next) ReadEntry(PickleFile file, byte[] directory, int at, long limit)
    {
        if (directory.Length - at < EntryLength || UInt32(directory, at) != EntrySignature)
        {
            throw file.Refuse("its directory is damaged");
        }

        var (flags, method) = (UInt16(directory, at + 8), UInt16(directory, at + 10));
        var (packed, length, local) = ((long)UInt32(directory, at + 20), (long)UInt32(directory, at + 24), (long)UInt32(directory, at + 42));
        var (nameLength, extraLength, commentLength) = (UInt16(directory, at + 28), UInt16(directory, at + 30), UInt16(directory, at + 32));
        var next = at + EntryLength + nameLength + extraLength + commentLength;
        if (next > directory.Length)
        {
            throw file.Refuse("its directory is damaged");
        }

        var name = Encoding.UTF8.GetString(directory, at + EntryLength, nameLength);
        ReadExtra64(directory.AsSpan(at + EntryLength + nameLength, extraLength), ref length, ref packed, ref local);
        const int Encrypted = 1;
        if (method != 0 || packed != length || (flags & Encrypted) != 0)
        {
            throw file.Refuse($"'{PickleFile.Shown(name)}' in it is compressed or encrypted, which PyTorch does not do");
        }

        // How long its name is there, only the file's own header says.
        var header = local >= 0 && local <= limit - LocalLength ? file.Read(local, LocalLength) : [];
        if (header.Length == 0 || UInt32(header, 0) != LocalSignature)
        {
            throw file.Refuse($"'{PickleFile.Shown(name)}' lies outside the file");
        }

        var offset = local + LocalLength + UInt16(header, 26) + UInt16(header, 28);
        return length >= 0 && offset <= limit && length <= limit - offset
            ? (name, new ZipEntry(offset, length), next)
            : throw file.Refuse($"'{PickleFile.Shown(name)}' lies outside the file");
    }

    /// <summary>What does not fit into 32 bits stands in an extra field, in this order.</summary>
    private static void ReadExtra64(ReadOnlySpan<byte> extra, ref long length, ref long packed, ref long local)
    {
        const int Field64 = 1;
        while (extra.Length >= 4)
        {
            var (id, size) = (BinaryPrimitives.ReadUInt16LittleEndian(extra), BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            var field = extra[4..];
            if (size > field.Length)
            {
                return;
            }

            if (id == Field64)
            {
                field = field[..size];
                Take(ref field, ref length);
                Take(ref field, ref packed);
                Take(ref field, ref local);
                return;
            }

            extra = field[size..];
        }
    }

    private static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value == uint.MaxValue && field.Length >= sizeof(ulong))
        {
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[sizeof(ulong)..];
        }
    }

    private static void RefuseOverlaps(PickleFile file, Dictionary<string, ZipEntry> entries)
    {
        var end = 0L;
        foreach (var (name, entry) in entries.Where(entry => entry.Value.Length > 0).OrderBy(entry => entry.Value.Offset))
        {
            if (entry.Offset < end)
            {
                throw file.Refuse($"'{PickleFile.Shown(name)}' shares bytes with another file in it");
            }

            end = entry.Offset + entry.Length;
        }
    }

    private static ushort UInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong UInt64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
