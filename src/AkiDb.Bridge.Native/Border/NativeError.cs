using System.Runtime.InteropServices;
using System.Text;

namespace AkiDb.Bridge.Native.Border;

/// <summary><c>akidb_bridge_error</c>: one failure, in the caller's memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeError
{
    private const int MessageBytes = 4096;
    private const int EmptySpaces = 2;

    private NativeStatus status;
    private int inputIndex;
    private long retryAfterMs;
    private fixed byte message[MessageBytes];

    /// <summary>Fills it in.</summary>
    /// <param name="error">Where; null where the caller does not want to know.</param>
    /// <param name="failure">What has failed.</param>
    public static void Write(NativeError* error, NativeFailure failure)
    {
        if (error is null)
        {
            return;
        }

        error->status = failure.Status;
        error->inputIndex = failure.InputIndex ?? -1;
        error->retryAfterMs = failure.RetryAfter is { } wait ? (long)Math.Ceiling(wait.TotalMilliseconds) : -1;
        var behind = WriteMessage(new Span<byte>(error->message, MessageBytes), failure.Message);
        if (failure.Spaces is { } spaces && !TryWriteSpaces(behind, spaces))
        {
            behind[..Math.Min(behind.Length, EmptySpaces)].Clear();
        }
    }

    /// <summary>Finds the two spaces of a mismatch, behind the message: the struct is as it was in the first version.</summary>
    /// <returns>False where there are none.</returns>
    public static bool TryFindSpaces(NativeError* error, out byte* demanded, out byte* served)
    {
        demanded = served = null;
        var rest = new ReadOnlySpan<byte>(error->message, MessageBytes);
        var message = rest.IndexOf((byte)0) + 1;
        var first = message == 0 ? 0 : rest[message..].IndexOf((byte)0) + 1;
        if (error->status != NativeStatus.SpaceMismatch || first <= 1 || !rest[(message + first)..].Contains((byte)0))
        {
            return false;
        }

        demanded = error->message + message;
        served = demanded + first;
        return true;
    }

    private static bool TryWriteSpaces(Span<byte> target, SpaceMismatch spaces) => Encoding.UTF8.TryGetBytes($"{spaces.Demanded}\0{spaces.Served}\0", target, out _);

    /// <returns>What is left of the place behind the zero byte.</returns>
    private static Span<byte> WriteMessage(Span<byte> target, string message)
    {
        var text = Utf8Text.WithoutZero(message);
        var fits = Encoding.UTF8.GetByteCount(text) < target.Length;
        var room = fits ? target[..^1] : target[..^4];

        // Never half a character.
        Encoding.UTF8.GetEncoder().Convert(text, room, flush: true, out _, out var written, out _);
        if (!fits)
        {
            "..."u8.CopyTo(target[written..]);
            written += 3;
        }

        target[written] = 0;
        return target[(written + 1)..];
    }
}
