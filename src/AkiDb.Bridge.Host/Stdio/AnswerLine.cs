using System.Buffers;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>The line that is being written, one after the other; what is long goes out in pieces.</summary>
/// <param name="output">Where lines go.</param>
internal sealed class AnswerLine(Stream output) : IDisposable
{
    private const int PieceBytes = 48 * 1024;

    private readonly ArrayBufferWriter<byte> buffer = new(2 * PieceBytes);
    private Utf8JsonWriter? json;

    /// <summary>Writes the line's object.</summary>
    public Utf8JsonWriter Json => json ??= new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });

    /// <summary>Sends what was written, if that is a piece; returns when its reader has room for the next one.</summary>
    public async ValueTask SendPieceAsync(CancellationToken cancellationToken)
    {
        Json.Flush();
        if (buffer.WrittenCount >= PieceBytes)
        {
            await SendAsync(cancellationToken);
        }
    }

    /// <summary>Sends bytes of a line that is written without <see cref="Json"/>.</summary>
    public ValueTask SendRawAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellationToken) => output.WriteAsync(raw, cancellationToken);

    /// <summary>Has its reader see what was sent.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    /// <summary>Ends the line and sends it.</summary>
    public async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        Json.Flush();
        buffer.Write("\n"u8);
        await SendAsync(cancellationToken);
        await FlushAsync(cancellationToken);
        Json.Reset();
    }

    /// <inheritdoc/>
    public void Dispose() => json?.Dispose();

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(buffer.WrittenMemory, cancellationToken);
        buffer.ResetWrittenCount();
    }
}
