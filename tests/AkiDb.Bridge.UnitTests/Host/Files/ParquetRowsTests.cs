using AkiDb.Bridge.Host.Files;
using Parquet;
using Parquet.Schema;

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
