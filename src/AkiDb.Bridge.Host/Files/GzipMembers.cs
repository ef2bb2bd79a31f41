using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Reads gzip (RFC 1952): one member behind the other, to the last byte.</summary>
/// <remarks>
/// Other readers take whatever stands behind a whole member and begins no other one for the end. Of a file that was cut off there, or damaged, all texts behind
/// it would be missing, and nobody would know. Zeros, with which tapes and disks are filled up, are no more than that.
/// </remarks>
/// <param name="input">The compressed bytes. It is not disposed of.</param>
internal sealed class GzipMembers(Stream input) : ReadOnlyStream
{
    private const int BufferBytes = 64 * 1024;
    private const int Deflate = 8;
    private const int TimeAndSystemBytes = 6;

    private readonly Inflater inflater = new(noHeader: true);
    private readonly Crc32 crc = new();
    private readonly byte[] buffer = new byte[BufferBytes];
    private int start;
    private int end;
    private bool isInMember;
    private bool isBehindMember;

    // The flags of a member's header.
    [Flags]
    private enum Parts
    {
        HeaderCrc = 2,
        Extra = 4,
        Name = 8,
        Comment = 16,
        Unknown = 0xe0,
    }

    /// <inheritdoc/>
    /// <exception cref="EndOfStreamException">It was cut off.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        while (count > 0 && (isInMember || TryBeginMember()))
        {
            var read = inflater.Inflate(buffer, offset, count);
            crc.Update(new ArraySegment<byte>(buffer, offset, read));
            if (inflater.IsFinished)
            {
                EndMember();
            }
            else if (read == 0)
            {
                GiveInput();
            }

            if (read > 0)
            {
                return read;
            }
        }

        return 0;
    }

    private static InvalidDataException Damaged(string what) => new($"its gzip is damaged: {what}. Get the file again.");

    private void GiveInput()
    {
        if (inflater.IsNeedingDictionary)
        {
            throw Damaged("it asks for a dictionary");
        }

        if (start == end && !Fill())
        {
            throw new EndOfStreamException();
        }

        inflater.SetInput(buffer, start, end - start);
        start = end;
    }

    private bool TryBeginMember()
    {
        if ((start == end && !Fill()) || (isBehindMember && buffer[start] == 0 && IsPadding()))
        {
            return false;
        }

        if (Next() != 0x1f || Next() != 0x8b || Next() != Deflate)
        {
            throw Damaged("behind a whole part stands what is no gzip");
        }

        var parts = (Parts)Next();
        if ((parts & Parts.Unknown) != 0)
        {
            throw Damaged("the beginning of a part is none");
        }

        Skip(TimeAndSystemBytes);
        if (parts.HasFlag(Parts.Extra))
        {
            Skip(Next() + (Next() << 8));
        }

        SkipText(parts.HasFlag(Parts.Name));
        SkipText(parts.HasFlag(Parts.Comment));
        Skip(parts.HasFlag(Parts.HeaderCrc) ? sizeof(ushort) : 0);
        inflater.Reset();
        crc.Reset();
        isInMember = true;
        return true;
    }

    // What the inflater has not needed stands behind the member's deflated bytes.
    private void EndMember()
    {
        start = end - inflater.RemainingInput;
        var (digest, size) = (NextNumber(), NextNumber());
        if (digest != (uint)crc.Value || size != (uint)inflater.TotalOut)
        {
            throw Damaged("its checksum is another");
        }

        (isInMember, isBehindMember) = (false, true);
    }

    private bool IsPadding()
    {
        do
        {
            if (buffer.AsSpan(start, end - start).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }
        while (Fill());

        return true;
    }

    private uint NextNumber() => (uint)(Next() | (Next() << 8) | (Next() << 16) | (Next() << 24));

    private void SkipText(bool isThere)
    {
        while (isThere && Next() != 0)
        {
        }
    }

    private void Skip(int bytes)
    {
        for (var i = 0; i < bytes; i++)
        {
            Next();
        }
    }

    private int Next() => start < end || Fill() ? buffer[start++] : throw new EndOfStreamException();

    private bool Fill()
    {
        (start, end) = (0, input.Read(buffer, 0, buffer.Length));
        return end > 0;
    }
}
