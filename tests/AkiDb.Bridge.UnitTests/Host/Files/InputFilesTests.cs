using System.IO.Compression;
using System.Text;
using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Files;
using ZstdSharp;

namespace AkiDb.Bridge.UnitTests.Host.Files;

public sealed class InputFilesTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-files-");

    public static TheoryData<string, string, string?, string?, string[]> Formats => new()
    {
        { "a.txt", "one\r\ntwo\n\nlast", null, null, ["1=one", "2=two", "3=", "4=last"] },
        { "a.jsonl", "{\"text\":\"one\"}\n\n\"two\"\n{\"text\":\"three\",\"n\":1}\n", null, null, ["1=one", "2=two", "3=three"] },
        { "a.ndjson", "{\"doc\":{\"body\":\"x\"},\"k\":\"r1\"}\n{\"doc.body\":\"y\",\"k\":7}\n", "doc.body", "k", ["r1=x", "7=y"] },
        { "a.jsonl", "{\"a.b\":{\"c\":\"x\"}}\n{\"a\":{\"b.c\":\"y\"}}\n{\"a\":1,\"a.b.c\":\"z\"}\n{\"a\":{\"b\":{\"c\":\"w\"}}}", "a.b.c", null, ["1=x", "2=y", "3=z", "4=w"] },
        { "a.jsonl", "{\"text\":\"one\",\"k\":-1.50E+400}\r\n{\"text\":\"two\",\"k\":\"a\\u0000b\"}\r\n", null, "k", ["-1.50E+400=one", "a\0b=two"] },
        { "a.csv", "text,n\n\"a, \"\"b\"\"\nc\",1\n\nplain,2\n", null, null, ["1=a, \"b\"\nc", "2=plain"] },
        { "a.csv", "k,body\r\nx,caf\u00e9\r\ny,\"\"\r\n", "body", "k", ["x=caf\u00e9", "y="] },
        { "a.csv", "only\none\n\nthree\n", null, null, ["1=one", "2=", "3=three"] },
        { "a.tsv", "text\tn\na,b\t1\n", null, null, ["1=a,b"] },
        { "a.txt", "", null, null, [] },
        { "a.csv", "", null, null, [] },
    };

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Rows_are_read_in_every_format_encoding_and_compression(string name, string content, string? field, string? id, string[] rows)
    {
        var settings = new InputSettings { Field = field, IdField = id };
        foreach (var bytes in Encodings(content))
        {
            Assert.Equal(rows, await ReadAsync(name, bytes, settings));
            Assert.Equal(rows, await ReadAsync($"{name}.gz", Gzip(bytes), settings));
            Assert.Equal(rows, await ReadAsync($"{name}.zst", Zstandard(bytes), settings));
            Assert.Equal(rows, await ReadAsync($"{name}.zst", [.. SkippedFrame, .. Zstandard(bytes)], settings));
        }
    }

    [Theory]
    [InlineData("a.txt", "fine\ncaf\u00e9!\nfine\n", 2, "its bytes are not UTF-8, from byte 4 on")]
    [InlineData("a.txt", "fine\n\u00c3\u00a9\u00c3\u00a9\u00e2\u0082\nfine\n", 2, "from byte 5 on")]
    [InlineData("a.jsonl", "{\"text\":\"fine\"}\n{\"text\":\"caf\u00e9\"}\n{\"text\":\"fine\"}\n", 2, "its bytes are not UTF-8, from byte 13 on")]
    [InlineData("a.jsonl", "{\"text\":\"fine\"}\n{\"text\":\n{\"text\":\"fine\"}\n", 2, "no JSON from byte")]
    [InlineData("a.jsonl", "{\"text\":\"fine\"}\n{\"other\":1}\n{\"text\":\"fine\"}\n", 2, "no member 'text'")]
    [InlineData("a.jsonl", "{\"text\":\"fine\"}\n{\"text\":1}\n{\"text\":\"fine\"}\n", 2, "no string")]
    [InlineData("a.jsonl", "{\"text\":\"fine\"}\n{\"text\":\"\\ud800\"}\n{\"text\":\"fine\"}\n", 2, "no valid Unicode")]
    [InlineData("a.csv", "n,text\n1,fine\n2\n3,fine\n", 3, "columns is 1, and 2 have")]
    [InlineData("a.csv", "n,text,m\n1,fine,1\n2,short\n3,fine,3\n", 3, "columns is 2, and 3 have")]
    [InlineData("a.csv", "text\nfine\nhello, world\nfine\n", 3, "columns is 2, and 1 have")]
    [InlineData("a.csv", "n,text\n1,fine\n2,Berlin, Germany\n3,fine\n", 3, "columns is 3, and 2 have")]
    [InlineData("a.tsv", "text\tn\nfine\t1\na\ttab\t2\nfine\t3\n", 3, "columns is 3, and 2 have")]
    [InlineData("a.csv", "text\nfine\n5\" pipe\nand 6\" pipe\nfine\n", 3, "its quotes are not those")]
    [InlineData("a.csv", "n,text\n1,fine\n2,\"x\" y\n3,fine\n", 3, "its quotes are not those")]
    [InlineData("a.csv", "n,text\n1,fine\n2\",a\nb\"c,d\n3,fine\n", 3, "its quotes are not those")]
    [InlineData("a.csv", "n,text\n1,fine\n2,caf\u00e9\n3,fine\n", 3, "the bytes of its column 2 are not UTF-8, from byte 4 on")]
    public async Task Bad_row_says_where_and_why_and_the_others_are_read(string name, string latin, long line, string reason)
    {
        var rows = await RowsAsync(name, Encoding.Latin1.GetBytes(latin), new InputSettings());

        Assert.Equal(["fine", null, "fine"], rows.Select(row => row.Text));
        Assert.Equal(line, rows[1].Line);
        Assert.Contains(reason, rows[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_that_is_too_long_is_a_bad_row_and_is_not_kept()
    {
        var rows = await RowsAsync("a.txt", Encoding.UTF8.GetBytes($"fine\n{new string('x', 400_000)}\nfine\n{new string('y', 400_000)}"), new InputSettings { MostCharacters = 1000 });

        Assert.Equal(["fine", null, "fine", null], rows.Select(row => row.Text));
        Assert.Equal([1, 2, 3, 4], rows.Select(row => row.Line));
    }

    [Theory]
    [InlineData("a.csv", "n,body\n1,x\n", "no column 'text', but 'n', 'body'")]
    [InlineData("a.csv", "text,n,text\n1,2,3\n", "it has 2 columns 'text'")]
    [InlineData("a.parquet", "PAR1 is no table", "")]
    [InlineData("a.parquet", "a line", "")]
    public async Task File_that_is_not_what_its_name_says_is_a_sentence(string name, string content, string sentence)
    {
        var error = await Assert.ThrowsAsync<UnreadableInputException>(() => RowsAsync(name, Encoding.UTF8.GetBytes(content), new InputSettings()));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Compressed_file_that_was_cut_off_is_an_error_and_not_a_shorter_one(bool gzip)
    {
        var random = new Random(1);
        var text = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 20_000).Select(_ => random.Next())));
        var bytes = gzip ? Gzip(text) : Zstandard(text);

        var error = await Assert.ThrowsAsync<UnreadableInputException>(() => RowsAsync("a.txt.gz", bytes[..(bytes.Length / 2)], new InputSettings()));

        Assert.Contains("cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt.gz")]
    [InlineData("a.txt.zst")]
    public async Task Compressed_file_that_was_cut_off_anywhere_gives_no_row_fewer_without_a_word(string name)
    {
        var (first, second) = (Compressed(name, "one\n"), Compressed(name, "two\n"));
        byte[] whole = [.. first, .. second];
        for (var length = 1; length < whole.Length; length++)
        {
            // Between two parts nothing is missing that anybody could see.
            if (length != first.Length)
            {
                var error = await Assert.ThrowsAsync<UnreadableInputException>(() => RowsAsync(name, whole[..length], new InputSettings()));
                Assert.Contains(name, error.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(["1=one", "2=two"], await ReadAsync(name, whole, new InputSettings()));
    }

    [Fact]
    public async Task Gzip_that_is_damaged_behind_a_whole_part_is_an_error_and_not_a_shorter_one()
    {
        var (first, second) = (Gzip("one\n"u8.ToArray()), Gzip("two\n"u8.ToArray()));
        for (var at = 0; at < second.Length; at++)
        {
            var damaged = second.ToArray();
            damaged[at] ^= 0x80;
            try
            {
                // A bit that means nothing, such as one of the time.
                Assert.Equal(["1=one", "2=two"], await ReadAsync("a.txt.gz", [.. first, .. damaged], new InputSettings()));
            }
            catch (UnreadableInputException)
            {
                Assert.NotInRange(at, 4, 9);
            }
        }

        await Assert.ThrowsAsync<UnreadableInputException>(() => RowsAsync("a.txt.gz", [.. first, .. "two\n"u8], new InputSettings()));
    }

    [Fact]
    public async Task Gzip_of_many_parts_is_read_with_empty_ones_and_with_zeros_behind_the_last()
    {
        byte[] bytes = [.. Gzip("one\n"u8.ToArray()), .. EmptyPart, .. EmptyPart, .. Gzip("two\n"u8.ToArray()), .. EmptyPart];

        Assert.Equal(["1=one", "2=two"], await ReadAsync("a.txt.gz", bytes, new InputSettings()));
        Assert.Equal(["1=one", "2=two"], await ReadAsync("a.txt.gz", [.. bytes, .. new byte[200_000]], new InputSettings()));
        await Assert.ThrowsAsync<UnreadableInputException>(() => RowsAsync("a.txt.gz", [.. bytes, .. new byte[200_000], 1], new InputSettings()));
    }

    [Fact]
    public async Task Utf_16_that_is_damaged_is_an_error_and_no_other_text()
    {
        byte[] bytes = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("fine\n"), 0x00, 0xd8, 0x20, 0x00];

        await Assert.ThrowsAsync<UnreadableInputException>(() => RowsAsync("a.txt", bytes, new InputSettings()));
    }

    [Fact]
    public async Task Patterns_give_files_in_the_order_of_their_names_and_rows_are_numbered_through()
    {
        Directory.CreateDirectory(Path.Combine(folder.FullName, "deep"));
        Write("b.txt", "3\n"u8.ToArray());
        Write("a.txt", "1\n2\n"u8.ToArray());
        Write("deep/c.txt", "4\n"u8.ToArray());
        Write("other.csv", "5\n"u8.ToArray());

        var files = InputFiles.Find([Path.Combine(folder.FullName, "**/*.txt")], new InputSettings());
        var rows = await files.ReadAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["1", "2", "3", "4"], rows.Select(row => row.Text));
        Assert.Equal([1, 2, 3, 4], rows.Select(row => row.Number));
        Assert.Equal(files.TotalBytes, files.BytesRead);
    }

    [Fact]
    public async Task Question_mark_of_a_pattern_is_one_character()
    {
        Write("a1.txt", "1\n"u8.ToArray());
        Write("a2.txt", "2\n"u8.ToArray());
        Write("a10.txt", "10\n"u8.ToArray());

        Assert.Equal(["1", "2"], await TextsAsync("a?.txt"));
        Assert.Equal(["10"], await TextsAsync("?1?.*"));
    }

    [Fact]
    public async Task Link_that_leads_back_gives_no_file_twice()
    {
        Write("a.txt", "1\n"u8.ToArray());
        Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "back"), folder.FullName);

        Assert.Equal(["1"], await TextsAsync("**/*.txt"));
    }

    [Fact]
    public void File_that_is_not_there_is_a_sentence()
    {
        Assert.Contains("does not exist", Assert.Throws<NotAcceptedException>(() => InputFiles.Find(["/nothing"], new InputSettings())).Message, StringComparison.Ordinal);
        Assert.Contains("matches no file", Assert.Throws<NotAcceptedException>(() => InputFiles.Find([$"{folder.FullName}/*.x"], new InputSettings())).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<NotAcceptedException>(() => InputFiles.Find([folder.FullName], new InputSettings())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_of_nobody_sane_end_in_rows_or_in_a_sentence()
    {
        string[] names = ["a.txt", "a.jsonl", "a.csv", "a.tsv", "a.parquet"];
        byte[][] beginnings = [[], [0x1f, 0x8b, 8, 0], [0x28, 0xb5, 0x2f, 0xfd], "PAR1"u8.ToArray(), [0xff, 0xfe], [0xfe, 0xff, 0], "text,\""u8.ToArray(), "{\"text\":"u8.ToArray()];
        var random = new Random(20260101);
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = new byte[random.Next(0, 300)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                for (var j = 0; j < bytes.Length; j++)
                {
                    bytes[j] = "\",\r\n\t{}:ax\0"u8[bytes[j] % 11];
                }
            }

            var name = names[i % names.Length];
            try
            {
                var rows = await RowsAsync(name, [.. beginnings[random.Next(beginnings.Length)], .. bytes], new InputSettings());
                Assert.All(rows, row => Assert.True(row.Text is null != row.Reason is null));
            }
            catch (UnreadableInputException)
            {
                // Said in a sentence.
            }
        }
    }

    private static IEnumerable<byte[]> Encodings(string content)
    {
        yield return Encoding.UTF8.GetBytes(content);
        foreach (var encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32])
        {
            yield return [.. encoding.Preamble, .. encoding.GetBytes(content)];
        }
    }

    // What bgzip writes at the end of a file.
    private static byte[] EmptyPart => [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43, 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] Compressed(string name, string text)
    {
        using var compressor = new Compressor();
        var bytes = Encoding.UTF8.GetBytes(text);
        return name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(bytes) : compressor.Wrap(bytes).ToArray();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    // The first bytes of what pzstd writes.
    private static byte[] SkippedFrame => [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 0x0d, 0, 0, 0];

    // Two frames, as programs that append write them.
    private static byte[] Zstandard(byte[] bytes)
    {
        using var compressor = new Compressor();
        return [.. compressor.Wrap(bytes.AsSpan(0, bytes.Length / 2)), .. compressor.Wrap(bytes.AsSpan(bytes.Length / 2))];
    }

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private async Task<string?[]> TextsAsync(string pattern) =>
        [.. (await InputFiles.Find([Path.Combine(folder.FullName, pattern)], new InputSettings()).ReadAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken)).Select(row => row.Text)];

    private async Task<List<SourceRow>> RowsAsync(string name, byte[] content, InputSettings settings) =>
        await InputFiles.Find([Write(name, content)], settings).ReadAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private async Task<string[]> ReadAsync(string name, byte[] content, InputSettings settings) =>
        [.. (await RowsAsync(name, content, settings)).Select(row => $"{(row.Id ?? RowId.Of(row.Number)).Text}={row.Text ?? row.Reason}")];
}
