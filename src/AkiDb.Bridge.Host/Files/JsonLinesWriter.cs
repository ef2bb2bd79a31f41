using System.Buffers;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Files;

/// <summary><c>{"id": ..., "embedding": [...]}</c>, a line each.</summary>
/// <param name="output">Where they go.</param>
internal sealed class JsonLinesWriter(Stream output) : IRowWriter
{
    private readonly ArrayBufferWriter<byte> lines = new();

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken)
    {
        lines.ResetWrittenCount();
        using var json = new Utf8JsonWriter(lines);
        foreach (var (id, vector) in rows)
        {
            if (vector is { } values)
            {
                json.Reset();
                Write(json, id, values.Span);
                json.Flush();
                lines.Write("\n"u8);
            }
        }

        await output.WriteAsync(lines.WrittenMemory, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<WriterPosition?> SaveAsync(CancellationToken cancellationToken)
    {
        await output.FlushAsync(cancellationToken);
        return new WriterPosition(output.Position, []);
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => new(output.FlushAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Write(Utf8JsonWriter json, RowId id, ReadOnlySpan<float> values)
    {
        json.WriteStartObject();
        json.WritePropertyName("id"u8);
        if (id.IsNumber)
        {
            json.WriteRawValue(id.Text);
        }
        else
        {
            json.WriteStringValue(id.Text);
        }

        json.WriteStartArray("embedding"u8);
        foreach (var value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
