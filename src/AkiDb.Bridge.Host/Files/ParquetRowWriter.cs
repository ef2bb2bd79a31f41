using System.Buffers.Binary;
using Parquet;
using Parquet.Schema;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Apache Parquet: the column <c>id</c> of strings, and the column <c>embedding</c> of lists of float32.</summary>
/// <remarks>A file has its table of contents at its end. It is written whenever the work is saved, and written over when more rows come.</remarks>
internal sealed class ParquetRowWriter : IRowWriter
{
    private const int RowsPerGroup = 4096;

    // Behind the table of contents: its length, and the format's mark.
    private const int EndBytes = 8;

    private static readonly DataField IdField = new("id", typeof(string), isNullable: false);
    private static readonly ListField VectorField = new("embedding", new DataField("element", typeof(float), isNullable: false));

    /// <summary>The columns of every file.</summary>
    public static ParquetSchema Schema { get; } = new(IdField, VectorField);

    private readonly Stream output;
    private readonly int dimension;
    private readonly List<VectorRow> pending = [];
    private ParquetWriter? writer;
    private bool isNew;

    /// <param name="output">Where they go; it can be sought in and read.</param>
    /// <param name="dimension">The components of a vector.</param>
    /// <param name="isNew">Whether it begins here.</param>
    public ParquetRowWriter(Stream output, int dimension, bool isNew) => (this.output, this.dimension, this.isNew) = (output, dimension, isNew);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken)
    {
        pending.AddRange(rows.Where(row => row.Vector is not null));
        if (pending.Count >= RowsPerGroup)
        {
            await WriteGroupAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<WriterPosition?> SaveAsync(CancellationToken cancellationToken)
    {
        if (pending.Count > 0)
        {
            return null;
        }

        await CloseAsync(cancellationToken);
        return await ReadPositionAsync(output, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (pending.Count > 0)
        {
            await WriteGroupAsync(cancellationToken);
        }

        await CloseAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask<WriterPosition> ReadPositionAsync(Stream file, CancellationToken cancellationToken)
    {
        var end = new byte[EndBytes];
        file.Seek(-EndBytes, SeekOrigin.End);
        await file.ReadExactlyAsync(end, cancellationToken);
        var tail = new byte[BinaryPrimitives.ReadInt32LittleEndian(end) + EndBytes];
        file.Seek(-tail.Length, SeekOrigin.End);
        await file.ReadExactlyAsync(tail, cancellationToken);
        return new WriterPosition(file.Length - tail.Length, tail);
    }

    private async ValueTask WriteGroupAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var values = new float[pending.Count * dimension];
        var repetitions = new int[values.Length];
        var definitions = new int[values.Length];
        Array.Fill(repetitions, 1);
        Array.Fill(definitions, ((DataField)VectorField.Item).MaxDefinitionLevel);
        for (var i = 0; i < pending.Count; i++)
        {
            pending[i].Vector!.Value.CopyTo(values.AsMemory(i * dimension));
            repetitions[i * dimension] = 0;
        }

        using var group = writer!.CreateRowGroup();
        await group.WriteAsync(IdField, pending.ConvertAll(row => row.Id.Text));
        await group.WriteAllPartsAsync<float>((DataField)VectorField.Item, values, definitions, repetitions, cancellationToken);
        group.CompleteValidate();
        pending.Clear();
    }

    private async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        writer ??= await ParquetWriter.CreateAsync(
            Schema, output, new ParquetOptions { CompressionMethod = CompressionMethod.None, DictionaryEncodingThreshold = 0 }, append: !isNew, cancellationToken);
        isNew = false;
    }

    private async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        if (isNew)
        {
            await OpenAsync(cancellationToken);
        }

        if (writer is not null)
        {
            await writer.DisposeAsync();
            writer = null;
        }

        await output.FlushAsync(cancellationToken);
    }
}
