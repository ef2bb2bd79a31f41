using System.Runtime.InteropServices;
using System.Text;

namespace AkiDb.Bridge.Native.Border;

/// <summary>Text that crosses the border.</summary>
internal static unsafe class Utf8Text
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="text">Zero-terminated; null gives null.</param>
    /// <param name="name">The member's name, for the message.</param>
    /// <exception cref="NativeException">It is no UTF-8.</exception>
    public static string? ReadOptional(byte* text, string name) => text is null ? null : Read(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text), name);

    /// <param name="text">The text.</param>
    /// <param name="name">The member's name, for the message.</param>
    /// <param name="input">Which of the member's texts it is; null where it has but one.</param>
    /// <exception cref="NativeException">It is no UTF-8.</exception>
    public static string Read(ReadOnlySpan<byte> text, string name, int? input = null)
    {
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw new NativeException(new NativeFailure(NativeStatus.BadInput, $"'{(input is null ? name : $"{name}[{input}]")}' is no UTF-8.") { InputIndex = input });
        }
    }

    /// <summary>A zero byte would end it before its end.</summary>
    public static string WithoutZero(string text) => text.Replace('\0', '\uFFFD');

    /// <summary>The bytes of a text with a zero byte behind them.</summary>
    public static byte[] Terminated(string given)
    {
        var text = WithoutZero(given);
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
