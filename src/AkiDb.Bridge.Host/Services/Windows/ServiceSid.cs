using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>The security identifier that Windows gives a service, whether the service exists yet or not.</summary>
internal static class ServiceSid
{
    /// <summary>As text: <c>S-1-5-80</c>, and the five numbers of the name's SHA-1 (MS-DTYP 2.4.2.4).</summary>
    [SuppressMessage("Security", "CA5350", Justification = "Windows makes the identifier so; it protects nothing.")]
    public static string Of(string name)
    {
        var hash = SHA1.HashData(Encoding.Unicode.GetBytes(name.ToUpperInvariant()));
        return $"S-1-5-80-{string.Join('-', Enumerable.Range(0, 5).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(hash.AsSpan(4 * i))))}";
    }
}
