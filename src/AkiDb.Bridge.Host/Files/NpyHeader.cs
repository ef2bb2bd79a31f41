using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AkiDb.Bridge.Host.Files;

/// <summary>What stands before the rows of a file in NumPy's format 1.0. It is as long as NumPy makes it, whatever the number of rows.</summary>
internal static partial class NpyHeader
{
    /// <summary>Its bytes, the mark and the lengths included: the rows behind it are aligned.</summary>
    public const int Bytes = 128;

    private const int TextStart = 10;
    private static readonly byte[] Mark = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>Makes the header of rows of little-endian float32.</summary>
    public static byte[] Write(long rows, int dimension)
    {
        var header = new byte[Bytes];
        Mark.CopyTo(header, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(Mark.Length), Bytes - TextStart);
        var text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dimension}), }}");
        Encoding.ASCII.GetBytes(text.PadRight(Bytes - TextStart - 1) + '\n', header.AsSpan(TextStart));
        return header;
    }

    /// <summary>The components of a row in a file that rows can be added to; null where it is no such file.</summary>
    public static int? ReadDimension(ReadOnlySpan<byte> header) =>
        header.Length >= Bytes && header.StartsWith(Mark) && BinaryPrimitives.ReadUInt16LittleEndian(header[Mark.Length..]) == Bytes - TextStart
        && Shape().Match(Encoding.ASCII.GetString(header[TextStart..Bytes])) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex(@"^\{'descr': '<f4', 'fortran_order': False, 'shape': \([0-9]{1,18}, ([0-9]{1,9})\), \} *\n$")]
    private static partial Regex Shape();
}
