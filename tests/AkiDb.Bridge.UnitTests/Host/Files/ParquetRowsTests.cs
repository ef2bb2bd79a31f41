using AkiDb.Bridge.Host.Files;
using Parquet;
using Parquet.Schema;
using Arrow = ParquetSharp;

namespace AkiDb.Bridge.UnitTests.Host.Files;

public sealed class ParquetRowsTests : IDisposable
{
    private static readonly DataField Body = new("text", typeof(string), isNullable: true);
    private static readonly DataField Key = new("key", typeof(long), isNullable: false);
    private static readonly DataField Name = new("name", typeof(string), isNullable: true);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-parquet-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Gzip)]
    public async Task Rows_of_all_groups_are_read_and_one_without_a_value_is_a_bad_row(CompressionMethod compression)
    {
        var path = await WriteAsync(compression);

        Assert.Equal(["10=caf\u00e9 0", "11=", null, "13=same", "14=same", "10=caf\u00e9 1", "11=", null, "13=same", "14=same"], await ReadAsync(path, new InputSettings { IdField = "key" }));
        Assert.Equal(["a=caf\u00e9 0", "b=", null, null, "e=same", "a=caf\u00e9 1", "b=", null, null, "e=same"], await ReadAsync(path, new InputSettings { IdField = "name" }));
    }

    [Theory]
    [InlineData(Arrow.Compression.Uncompressed, true, Arrow.ParquetVersion.PARQUET_1_0)]
    [InlineData(Arrow.Compression.Uncompressed, false, Arrow.ParquetVersion.PARQUET_2_6)]
    [InlineData(Arrow.Compression.Snappy, true, Arrow.ParquetVersion.PARQUET_2_6)]
    [InlineData(Arrow.Compression.Snappy, false, Arrow.ParquetVersion.PARQUET_1_0)]
    [InlineData(Arrow.Compression.Gzip, true, Arrow.ParquetVersion.PARQUET_2_6)]
    [InlineData(Arrow.Compression.Zstd, true, Arrow.ParquetVersion.PARQUET_2_6)]
    [InlineData(Arrow.Compression.Brotli, false, Arrow.ParquetVersion.PARQUET_2_4)]
    [InlineData(Arrow.Compression.Lz4, true, Arrow.ParquetVersion.PARQUET_2_6)]
    public async Task File_that_Arrow_wrote_is_read(Arrow.Compression compression, bool hasDictionary, Arrow.ParquetVersion version)
    {
        const int Rows = 5_000;
        var path = Path.Combine(folder.FullName, "arrow.parquet");
        var texts = Enumerable.Range(0, 2 * Rows).Select(row => row % 11 == 5 ? null : row % 3 == 0 ? "" : $"caf\u00e9 \u65e5\u672c {row % 700} {new string('x', row % 50)}").ToArray();
        using var properties = WriterPropertiesOf(compression, hasDictionary, version);
        using (var writer = new Arrow.ParquetFileWriter(path, [new Arrow.Column<long>("key"), new Arrow.Column<string?>("text")], properties))
        {
            for (var group = 0; group < 2; group++)
            {
                using var rows = writer.AppendRowGroup();
                using (var keys = rows.NextColumn().LogicalWriter<long>())
                {
                    keys.WriteBatch([.. Enumerable.Range(group * Rows, Rows).Select(row => (long)row)]);
                }

                using var bodies = rows.NextColumn().LogicalWriter<string?>();
                bodies.WriteBatch(texts.AsSpan(group * Rows, Rows));
            }

            writer.Close();
        }

        Assert.Equal(texts.Select((text, row) => text is null ? null : $"{row}={text}"), await ReadAsync(path, new InputSettings { IdField = "key", Field = "text" }));
    }

    [Fact]
    public async Task Stream_that_cannot_be_sought_in_is_read_too()
    {
        var path = await WriteAsync(CompressionMethod.Snappy);
        var compressed = $"{path}.gz";
        await using (var gzip = new System.IO.Compression.GZipStream(File.Create(compressed), System.IO.Compression.CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        }

        Assert.Equal(await ReadAsync(path, new InputSettings()), await ReadAsync(compressed, new InputSettings()));
    }

    [Theory]
    [InlineData("key", null, "holds no strings")]
    [InlineData("other", null, "no column 'other', but 'text', 'key', 'name'")]
    [InlineData("text", "other", "no column 'other'")]
    public async Task Column_that_cannot_be_read_is_a_sentence(string field, string? id, string sentence)
    {
        var path = await WriteAsync(CompressionMethod.None);

        var error = await Assert.ThrowsAsync<UnreadableInputException>(() => ReadAsync(path, new InputSettings { Field = field, IdField = id }));

        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whole_numbers_of_every_size_are_names()
    {
        Assert.Equal("-7=x", await ReadOneAsync<short>(-7));
        Assert.Equal("-7=x", await ReadOneAsync<sbyte>(-7));
        Assert.Equal("200=x", await ReadOneAsync<byte>(200));
        Assert.Equal("60000=x", await ReadOneAsync<ushort>(60000));
        Assert.Equal("4000000000=x", await ReadOneAsync(4_000_000_000));
        Assert.Equal("18446744073709551615=x", await ReadOneAsync(ulong.MaxValue));
    }

    [Fact]
    public async Task Names_stay_with_their_rows_where_every_row_has_one()
    {
        var (path, key, body) = (Path.Combine(folder.FullName, "in.parquet"), new DataField("key", typeof(int), isNullable: false), new DataField("text", typeof(string), isNullable: false));
        await using (var file = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(body, key), file, cancellationToken: TestContext.Current.CancellationToken);
            for (var i = 0; i < 3; i++)
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync(body, Enumerable.Range(0, 100).Select(row => $"{i}.{row}").ToArray());
                await group.WriteAsync<int>(key, Enumerable.Range(0, 100).Select(row => -1 - (100 * i) - row).ToArray().AsMemory(), cancellationToken: TestContext.Current.CancellationToken);
                group.CompleteValidate();
            }
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(row => $"{-1 - row}={row / 100}.{row % 100}"), await ReadAsync(path, new InputSettings { IdField = "key", Field = "text" }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Bytes_that_are_not_UTF_8_are_no_text(double dictionaryThreshold)
    {
        var path = Path.Combine(folder.FullName, "in.parquet");
        await using (var file = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(Body), file, new ParquetOptions { CompressionMethod = CompressionMethod.None, DictionaryEncodingThreshold = dictionaryThreshold }, cancellationToken: TestContext.Current.CancellationToken);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(Body, new string?[] { "fine", "wrong", "\ufffd is a character", null, "fine" }!);
            group.CompleteValidate();
        }

        // As writers leave it that do not look at what they are given.
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        for (int at; (at = bytes.AsSpan().IndexOf("wrong"u8)) >= 0;)
        {
            bytes[at] = 0xff;
        }

        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        var rows = await InputFiles.Find([path], new InputSettings()).ReadAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["fine", null, "\ufffd is a character", null, "fine"], rows.Select(row => row.Text));
        Assert.Contains("not UTF-8, from byte 1 on", rows[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Column_of_a_structure_that_is_missing_here_and_there_is_read()
    {
        var path = Path.Combine(folder.FullName, "in.parquet");
        var text = new DataField("text", typeof(string), isNullable: true);
        var schema = new ParquetSchema(new StructField("doc", text));
        await using (var file = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(schema, file, cancellationToken: TestContext.Current.CancellationToken);
            using var group = writer.CreateRowGroup();
            await group.WriteAllPartsAsync<ReadOnlyMemory<char>>(text, new ReadOnlyMemory<char>[] { "a".AsMemory(), "d".AsMemory() }, new int[] { 2, 1, 0, 2 }, null, TestContext.Current.CancellationToken);
            group.CompleteValidate();
        }

        Assert.Equal(["=a", null, null, "=d"], await ReadAsync(path, new InputSettings { Field = "doc.text" }));
    }

    [Fact]
    public async Task File_that_was_damaged_anywhere_ends_in_rows_or_in_a_sentence()
    {
        var bytes = await File.ReadAllBytesAsync(await WriteAsync(CompressionMethod.Snappy), TestContext.Current.CancellationToken);
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            var damaged = bytes.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next();
            var path = Path.Combine(folder.FullName, "damaged.parquet");
            await File.WriteAllBytesAsync(path, i % 3 == 0 ? damaged[..random.Next(damaged.Length)] : damaged, TestContext.Current.CancellationToken);
            try
            {
                await ReadAsync(path, new InputSettings { Format = InputFormat.Parquet });
            }
            catch (UnreadableInputException)
            {
                // Said in a sentence.
            }
        }
    }

    private static Arrow.WriterProperties WriterPropertiesOf(Arrow.Compression compression, bool hasDictionary, Arrow.ParquetVersion version)
    {
        using var builder = new Arrow.WriterPropertiesBuilder();
        var properties = builder.Compression(compression).Version(version);
        return (hasDictionary ? properties.EnableDictionary() : properties.DisableDictionary()).Build();
    }

    private async Task<string?> ReadOneAsync<T>(T key)
        where T : struct
    {
        var (path, field) = (Path.Combine(folder.FullName, $"{typeof(T).Name}.parquet"), new DataField("key", typeof(T), isNullable: false));
        await using (var file = File.Create(path))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(Body, field), file);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(Body, new string?[] { "x" }!);
            await group.WriteAsync<T>(field, new[] { key }.AsMemory());
            group.CompleteValidate();
        }

        return Assert.Single(await ReadAsync(path, new InputSettings { IdField = "key", Field = "text" }));
    }

    private static async Task<string?[]> ReadAsync(string path, InputSettings settings) =>
        [.. (await InputFiles.Find([path], settings).ReadAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken))
            .Select(row => row.Text is null ? null : $"{row.Id?.Text}={row.Text}")];

    private async Task<string> WriteAsync(CompressionMethod compression)
    {
        var path = Path.Combine(folder.FullName, "in.parquet");
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(Body, Key, Name), file, new ParquetOptions { CompressionMethod = compression, DictionaryEncodingThreshold = 0.9 });
        for (var i = 0; i < 2; i++)
        {
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(Body, new string?[] { $"caf\u00e9 {i}", "", null, "same", "same" }!);
            await group.WriteAsync<long>(Key, new long[] { 10, 11, 12, 13, 14 }.AsMemory());
            await group.WriteAsync(Name, new string?[] { "a", "b", "c", null, "e" }!);
            group.CompleteValidate();
        }

        return path;
    }
}
