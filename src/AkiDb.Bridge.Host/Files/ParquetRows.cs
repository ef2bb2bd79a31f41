using System.Globalization;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace AkiDb.Bridge.Host.Files;

/// <summary>A column of a Parquet file. Memory holds one of its row groups.</summary>
/// <remarks>
/// Strings are read as bytes. The library would make a text of whatever they are, with another character where they are none; and where a writer has left out what a
/// string has in common with the one before it, it counts characters, and the writer has counted bytes: from letters beyond ASCII it makes other texts.
/// </remarks>
/// <param name="input">The file, which can be sought in.</param>
/// <param name="column">The column with the text; null for the one called text, or the only one.</param>
/// <param name="idColumn">The column that names rows; null for none.</param>
internal sealed class ParquetRows(Stream input, string? column, string? idColumn) : IRowReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(input, cancellationToken: cancellationToken);
        var fields = reader.Schema.GetDataFields();
        List<string> names = [.. fields.Select(field => string.Join('.', field.Path.ToList()))];
        var (text, id) = (ColumnChoice.OfText(names, column), ColumnChoice.OfId(names, idColumn));
        if (!IsText(fields[text]))
        {
            throw new InvalidDataException($"its column '{names[text]}' holds no strings. Name the one with the texts with --field.");
        }

        var (isNamedByText, raw) = (id is { } index && IsText(fields[index]), AsBytes(reader));
        var line = 0L;
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var texts = await ReadValuesAsync<ReadOnlyMemory<byte>>(group, raw[text], cancellationToken);
            var ids = id is not { } at ? null : isNamedByText ? await ReadNamesAsync(group, raw[at], cancellationToken) : await ReadNumbersAsync(group, fields[at], cancellationToken);
            for (var row = 0; row < texts.Length; row++)
            {
                line++;
                yield return Row(line, texts[row], ids?[row]);
            }
        }
    }

    private static bool IsText(DataField field) => field.MaxRepetitionLevel == 0 && field.ClrType == typeof(ReadOnlyMemory<char>);

    // The columns without what the file says of the meaning of their bytes.
    private static DataField[] AsBytes(ParquetReader reader)
    {
        foreach (var element in reader.Metadata!.Schema.Where(element => element.Type == Parquet.Meta.Type.BYTE_ARRAY))
        {
            (element.ConvertedType, element.LogicalType) = (null, null);
        }

        return reader.Schema.GetDataFields();
    }

    private static SourceRow Row(long line, ReadOnlyMemory<byte>? bytes, Name? name) => bytes is not { } value ? SourceRow.Bad(line, "it has no value in this column.")
        : !StrictUtf8.TryRead(value.Span, out var text, out var reason) ? SourceRow.Bad(line, reason!)
        : name is { Reason: { } wrong } ? SourceRow.Bad(line, wrong)
        : new SourceRow(line, name?.Id, text, null);

    private async Task<Name[]> ReadNamesAsync(ParquetRowGroupReader group, DataField field, CancellationToken cancellationToken) =>
        [.. (await ReadValuesAsync<ReadOnlyMemory<byte>>(group, field, cancellationToken)).Select(value => value is not { } bytes ? Missing
            : StrictUtf8.TryRead(bytes.Span, out var text, out var reason, $"the bytes of its column '{idColumn}' are") ? new Name(new RowId(text!, IsNumber: false), null)
            : new Name(null, reason))];

    private Task<Name[]> ReadNumbersAsync(ParquetRowGroupReader group, DataField field, CancellationToken cancellationToken) =>
        (field.MaxRepetitionLevel > 0 ? TypeCode.Object : Type.GetTypeCode(field.ClrType)) switch
        {
            TypeCode.Int64 => ReadNumbersAsync<long>(group, field, cancellationToken),
            TypeCode.Int32 => ReadNumbersAsync<int>(group, field, cancellationToken),
            TypeCode.Int16 => ReadNumbersAsync<short>(group, field, cancellationToken),
            TypeCode.SByte => ReadNumbersAsync<sbyte>(group, field, cancellationToken),
            TypeCode.UInt64 => ReadNumbersAsync<ulong>(group, field, cancellationToken),
            TypeCode.UInt32 => ReadNumbersAsync<uint>(group, field, cancellationToken),
            TypeCode.UInt16 => ReadNumbersAsync<ushort>(group, field, cancellationToken),
            TypeCode.Byte => ReadNumbersAsync<byte>(group, field, cancellationToken),
            _ => throw new InvalidDataException($"its column '{idColumn}' holds neither strings nor whole numbers. Name the one with the names of the rows with --id."),
        };

    private async Task<Name[]> ReadNumbersAsync<T>(ParquetRowGroupReader group, DataField field, CancellationToken cancellationToken)
        where T : struct, IFormattable =>
        [.. (await ReadValuesAsync<T>(group, field, cancellationToken)).Select(value => value is { } number ? new Name(new RowId(number.ToString(null, CultureInfo.InvariantCulture), IsNumber: true), null) : Missing)];

    private Name Missing => new(null, $"it has no value in the column '{idColumn}'.");

    private static async Task<T?[]> ReadValuesAsync<T>(ParquetRowGroupReader group, DataField field, CancellationToken cancellationToken)
        where T : struct
    {
        var count = checked((int)group.RowCount);
        if (group.GetMetadata(field)?.MetaData?.NumValues != count)
        {
            throw new InvalidDataException($"a group of its rows has {count} of them, and a column has another number of values.");
        }

        var (values, levels) = (new T[count], new int[field.MaxDefinitionLevel > 0 ? count : 0]);
        await group.ReadRawAsync(field, values.AsMemory(), levels.Length > 0 ? (Memory<int>?)levels.AsMemory() : null, null, cancellationToken);
        if (levels.Length == 0)
        {
            return Array.ConvertAll(values, value => (T?)value);
        }

        // Only values that are there were written.
        var next = 0;
        return Array.ConvertAll(levels, level => level == field.MaxDefinitionLevel ? values[next++] : (T?)null);
    }

    // What a row is called, or why that cannot be said.
    private readonly record struct Name(RowId? Id, string? Reason);
}
