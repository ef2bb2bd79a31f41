using System.Globalization;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace AkiDb.Bridge.Host.Files;

/// <summary>A column of a Parquet file. Memory holds one of its row groups.</summary>
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
        var text = Text(fields[ColumnChoice.OfText(names, column)]);
        var id = ColumnChoice.OfId(names, idColumn) is { } index ? fields[index] : null;
        var line = 0L;
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var texts = new string?[checked((int)group.RowCount)];
            await group.ReadAsync(text, texts.AsMemory(), cancellationToken: cancellationToken);
            var ids = id is null ? null : await ReadIdsAsync(group, id, texts.Length, cancellationToken);
            for (var row = 0; row < texts.Length; row++)
            {
                line++;
                yield return texts[row] is not { } value ? SourceRow.Bad(line, "it has no value in this column.")
                    : ids is null ? new SourceRow(line, null, value, null)
                    : ids[row] is { } name ? new SourceRow(line, name, value, null)
                    : SourceRow.Bad(line, $"it has no value in the column '{idColumn}'.");
            }
        }
    }

    private static DataField Text(DataField field) => field.MaxRepetitionLevel == 0 && field.ClrType == typeof(ReadOnlyMemory<char>)
        ? field
        : throw new InvalidDataException($"its column '{string.Join('.', field.Path.ToList())}' holds no strings. Name the one with the texts with --field.");

    private static async Task<RowId?[]> ReadIdsAsync(ParquetRowGroupReader group, DataField field, int count, CancellationToken cancellationToken)
    {
        if (field.MaxRepetitionLevel == 0 && field.ClrType == typeof(ReadOnlyMemory<char>))
        {
            var values = new string?[count];
            await group.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken);
            return [.. values.Select(value => value is null ? (RowId?)null : new RowId(value, IsNumber: false))];
        }

        return field.ClrType == typeof(long) && field.MaxRepetitionLevel == 0 ? await ReadNumbersAsync<long>(group, field, count, cancellationToken)
            : field.ClrType == typeof(int) && field.MaxRepetitionLevel == 0 ? await ReadNumbersAsync<int>(group, field, count, cancellationToken)
            : throw new InvalidDataException($"its column '{string.Join('.', field.Path.ToList())}' holds neither strings nor whole numbers. Name the one with the names of the rows with --id.");
    }

    private static async Task<RowId?[]> ReadNumbersAsync<T>(ParquetRowGroupReader group, DataField field, int count, CancellationToken cancellationToken)
        where T : struct, IFormattable
    {
        var values = new T?[count];
        await group.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken);
        return [.. values.Select(value => value is { } number ? new RowId(number.ToString(null, CultureInfo.InvariantCulture), IsNumber: true) : (RowId?)null)];
    }
}
