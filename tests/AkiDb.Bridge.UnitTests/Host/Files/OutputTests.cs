using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Host;
using AkiDb.Bridge.Host.Files;
using Microsoft.Extensions.Time.Testing;
using Arrow = ParquetSharp;

namespace AkiDb.Bridge.UnitTests.Host.Files;

/// <summary>What is written is what readers of each format expect, and the same bytes however often the writing was broken off.</summary>
public sealed class OutputTests : IDisposable
{
    private const string Space = "a/model;weights=0011;pooling=mean;prompt=none;dim=3;norm=l2;precision=float32";
    private const int Dimension = 3;
    private const int ChunkRows = 1500;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-output-");
    private readonly FakeTimeProvider time = new();

    public static TheoryData<string> Formats => [.. FormatNames.OfOutputs];

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Every_row_is_where_readers_look_for_it(string format)
    {
        var paths = Paths(format);
        await WriteAsync(paths, chunks: 7, resume: false);

        var rows = await ReadAsync(paths.Path, format);

        Assert.Equal(Expected(format, 7), rows);
        Assert.Equal(Space, (await File.ReadAllTextAsync(paths.Space, TestContext.Current.CancellationToken)).Trim());
        Assert.Equal([Path.GetFileName(paths.Path), Path.GetFileName(paths.BadRows), Path.GetFileName(paths.Space)], Names());
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Work_that_was_broken_off_anywhere_ends_in_the_same_bytes(string format)
    {
        var undisturbed = Paths(format, "undisturbed");
        await WriteAsync(undisturbed, chunks: 7, resume: false);
        var random = new Random(7);
        for (var round = 0; round < 8; round++)
        {
            var paths = Paths(format, $"broken-{round}");
            await WriteAsync(paths, random.Next(0, 7), resume: false, breaksOff: true);
            Damage(paths, random);
            await WriteAsync(paths, random.Next(0, 7), resume: true, breaksOff: true);
            Damage(paths, random);
            await WriteAsync(paths, chunks: 7, resume: true);

            Assert.Equal(await File.ReadAllBytesAsync(undisturbed.Path, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(paths.Path, TestContext.Current.CancellationToken));
            Assert.Equal(await File.ReadAllBytesAsync(undisturbed.BadRows, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(paths.BadRows, TestContext.Current.CancellationToken));
            Assert.False(File.Exists(paths.Checkpoint));
            Assert.False(File.Exists(paths.Partial(0)));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Rows_are_added_behind_those_that_are_there(string format)
    {
        var paths = Paths(format);
        await WriteAsync(paths, chunks: 2, resume: false);
        var before = await ReadAsync(paths.Path, format);

        await WriteAsync(paths, chunks: 2, resume: false, append: true);

        Assert.Equal([.. before, .. before], await ReadAsync(paths.Path, format));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Rows_are_added_to_an_output_that_has_none(string format)
    {
        var paths = Paths(format);
        await WriteAsync(paths, chunks: 0, resume: false);

        await WriteAsync(paths, chunks: 2, resume: false, append: true);

        Assert.Equal(Expected(format, 2), await ReadAsync(paths.Path, format));
    }

    [Theory]
    [InlineData("jsonl", "{\"id\":1,\"embedd")]
    [InlineData("csv", "")]
    [InlineData("npy", "no header")]
    [InlineData("f32", "17 bytes are none")]
    [InlineData("parquet", "PAR1 somebody's table PAR1")]
    public async Task Nothing_is_added_to_what_this_program_has_not_written(string format, string content)
    {
        var paths = Paths(format);
        await WriteAsync(paths, chunks: 1, resume: false);
        await File.WriteAllTextAsync(paths.Path, content, TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<NotAcceptedException>(() => WriteAsync(paths, chunks: 1, resume: false, append: true));

        Assert.Equal(content, await File.ReadAllTextAsync(paths.Path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Work_does_not_go_on_with_names_of_bad_rows_that_were_lost()
    {
        var paths = Paths("f32");
        await WriteAsync(paths, chunks: 3, resume: false, breaksOff: true);
        await File.WriteAllTextAsync(paths.BadRows, "", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<NotAcceptedException>(() => WriteAsync(paths, chunks: 4, resume: true));

        Assert.Contains($"{paths.BadRows} is missing or was cut off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_added_to_vectors_of_another_space()
    {
        var paths = Paths("npy");
        await WriteAsync(paths, chunks: 1, resume: false);
        var other = new OutputSettings(paths, "", null, Space.Replace("0011", "0012", StringComparison.Ordinal), Dimension);

        var error = await Assert.ThrowsAsync<NotAcceptedException>(() => FileOutput.BeginAsync(other, append: true, time));

        Assert.Contains("weights=0012", error.Message, StringComparison.Ordinal);
        File.Delete(paths.Space);
        Assert.Contains("is missing", (await Assert.ThrowsAsync<NotAcceptedException>(() => FileOutput.BeginAsync(Settings(paths), append: true, time))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_goes_on_says_its_own_space_and_not_one_that_was_left_there()
    {
        var paths = Paths("npy");
        await WriteAsync(paths, chunks: 1, resume: false, breaksOff: true);
        await File.WriteAllTextAsync(paths.Space, Space.Replace("0011", "0012", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        await WriteAsync(paths, chunks: 2, resume: true);

        Assert.Equal(Space, (await File.ReadAllTextAsync(paths.Space, TestContext.Current.CancellationToken)).Trim());
    }

    [Fact]
    public async Task Work_goes_on_only_as_what_it_was_begun_as()
    {
        var paths = Paths("f32");
        await WriteAsync(paths, chunks: 3, resume: false, breaksOff: true);
        var checkpoint = OutputState.Find(paths).Checkpoint!;

        Assert.Contains("other switches", Refused(Settings(paths) with { Settings = "other" }), StringComparison.Ordinal);
        Assert.Contains("the answers of the job texts.job.one", Refused(Settings(paths) with { Job = "texts.job.one" }), StringComparison.Ordinal);
        Assert.Contains("must not be mixed", Refused(Settings(paths) with { Space = "another;precision=float32" }), StringComparison.Ordinal);
        File.Delete(paths.Partial(0));
        Assert.Contains("is missing", Refused(Settings(paths)), StringComparison.Ordinal);

        string Refused(OutputSettings settings) => Assert.Throws<NotAcceptedException>(() => FileOutput.Resume(settings, checkpoint, time)).Message;
    }

    [Theory]
    [InlineData("jsonl")]
    [InlineData("parquet")]
    public async Task Shards_are_cut_by_rows_of_the_input_and_survive_being_broken_off(string format)
    {
        var whole = new OutputPaths(Path.Combine(folder.FullName, "whole"), FormatNames.Output(format), 2 * ChunkRows);
        var broken = whole with { Path = Path.Combine(folder.FullName, "broken") };
        await WriteAsync(whole, chunks: 7, resume: false);
        for (var stop = 1; stop < 7; stop++)
        {
            await WriteAsync(broken, stop, resume: stop > 1, breaksOff: true);
        }

        await WriteAsync(broken, chunks: 7, resume: true);

        Assert.Equal(4, whole.CountWhole());
        for (var shard = 0; shard < 4; shard++)
        {
            Assert.Equal(await File.ReadAllBytesAsync(whole.Whole(shard), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(broken.Whole(shard), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Shards_that_are_there_are_not_replaced_where_one_before_them_is_missing()
    {
        var paths = new OutputPaths(Path.Combine(folder.FullName, "shards"), OutputFormat.Float32, ChunkRows);
        await WriteAsync(paths, chunks: 3, resume: false);
        File.Delete(paths.Whole(0));
        var before = await File.ReadAllBytesAsync(paths.Whole(1), TestContext.Current.CancellationToken);

        Assert.Contains("part-00000", Assert.Throws<NotAcceptedException>(() => OutputState.Find(paths)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotAcceptedException>(() => FileOutput.BeginAsync(Settings(paths), append: false, time));
        Assert.Equal(before, await File.ReadAllBytesAsync(paths.Whole(1), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Shard_that_somebody_has_written_meanwhile_is_not_replaced()
    {
        var paths = new OutputPaths(Path.Combine(folder.FullName, "shards"), OutputFormat.Float32, ChunkRows);
        await WriteAsync(paths, chunks: 1, resume: false, breaksOff: true);
        await File.WriteAllTextAsync(paths.Whole(1), "somebody's", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(() => WriteAsync(paths, chunks: 2, resume: true));

        Assert.Equal("somebody's", await File.ReadAllTextAsync(paths.Whole(1), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Work_whose_last_step_was_missing_is_finished_by_whoever_looks()
    {
        var paths = Paths("npy");
        await WriteAsync(paths, chunks: 2, resume: false);
        File.Move(paths.Path, paths.Partial(0));
        CheckpointFile.Write(paths.Checkpoint, new Checkpoint { Settings = "", Space = Space, Dimension = Dimension, Shard = 1, IsComplete = true });

        var state = OutputState.Find(paths);

        Assert.True(state is { IsThere: true, Checkpoint: null });
        Assert.False(File.Exists(paths.Checkpoint));
    }

    private static float[] Vector(long row) => [row, -row / 3f, 1e-20f * row];

    private static bool IsBad(long row) => row % 1000 == 999;

    private OutputPaths Paths(string format, string name = "out") =>
        new(Path.Combine(folder.FullName, $"{name}{FormatNames.EndingOf(FormatNames.Output(format))}"), FormatNames.Output(format), null);

    private static OutputSettings Settings(OutputPaths paths) => new(paths, "settings", null, Space, Dimension);

    private IEnumerable<string> Names() => folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal);

    private async Task WriteAsync(OutputPaths paths, int chunks, bool resume, bool breaksOff = false, bool append = false)
    {
        var checkpoint = resume ? OutputState.Find(paths).Checkpoint : null;
        await using var output = checkpoint is null ? await FileOutput.BeginAsync(Settings(paths), append, time) : FileOutput.Resume(Settings(paths), checkpoint, time);
        for (var chunk = (checkpoint?.Rows ?? 0) / ChunkRows; chunk < chunks; chunk++)
        {
            var numbers = Enumerable.Range(1, ChunkRows).Select(row => (chunk * ChunkRows) + row).ToList();
            if (chunk % 2 == 0)
            {
                time.Advance(TimeSpan.FromSeconds(2));
            }

            await output.WriteAsync(
                numbers.ConvertAll(row => new VectorRow(new RowId($"r,{row}\"", IsNumber: false), IsBad(row) ? (ReadOnlyMemory<float>?)null : Vector(row))),
                [.. numbers.Where(IsBad).Select(row => new BadRow("in.txt", row, row, "it is bad."))],
                (chunk + 1) * ChunkRows,
                $"digest {chunk}");
        }

        if (!breaksOff)
        {
            await output.CompleteAsync();
        }
    }

    // What a kill leaves: anything behind the checkpoint.
    private static void Damage(OutputPaths paths, Random random)
    {
        var garbage = new byte[random.Next(0, 5000)];
        random.NextBytes(garbage);
        foreach (var path in (string[])[paths.Partial(0), paths.BadRows])
        {
            using var file = new FileStream(path, FileMode.Append);
            file.Write(garbage);
        }
    }

    private static List<string> Expected(string format, int chunks)
    {
        var keepsPlaces = format is "npy" or "f32";
        return [.. Enumerable.Range(1, chunks * ChunkRows).Where(row => keepsPlaces || !IsBad(row))
            .Select(row => Line(keepsPlaces ? "" : $"r,{row}\"", IsBad(row) ? [float.NaN, float.NaN, float.NaN] : Vector(row)))];
    }

    private static string Line(string id, IEnumerable<float> vector) => $"{id}: {string.Join(' ', vector.Select(value => BitConverter.SingleToUInt32Bits(float.IsNaN(value) ? float.NaN : value)))}";

    private static async Task<List<string>> ReadAsync(string path, string format)
    {
        switch (format)
        {
            case "jsonl":
                return [.. (await File.ReadAllLinesAsync(path)).Select(line =>
                {
                    using var json = JsonDocument.Parse(line);
                    return Line(json.RootElement.GetProperty("id").GetString()!, json.RootElement.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()));
                })];
            case "csv":
                var lines = await File.ReadAllLinesAsync(path);
                Assert.Equal("id,0,1,2", lines[0]);
                return [.. lines.Skip(1).Select(line =>
                {
                    var end = line.LastIndexOf("\",", StringComparison.Ordinal);
                    return Line(line[1..end].Replace("\"\"", "\"", StringComparison.Ordinal), line[(end + 2)..].Split(',').Select(value => float.Parse(value, System.Globalization.CultureInfo.InvariantCulture)));
                })];
            case "npy":
                var npy = await File.ReadAllBytesAsync(path);
                Assert.Equal([0x93, .. "NUMPY"u8, 1, 0, 118, 0], npy[..10]);
                Assert.Equal($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({(npy.Length - 128) / 12}, 3), }}", Encoding.ASCII.GetString(npy, 10, 118).TrimEnd());
                return Floats(npy.AsSpan(128));
            case "f32":
                return Floats(await File.ReadAllBytesAsync(path));
            default:
                return ReadParquet(path);
        }
    }

    private static List<string> Floats(ReadOnlySpan<byte> bytes)
    {
        var rows = new List<string>();
        for (var row = 0; row < bytes.Length / (4 * Dimension); row++)
        {
            var values = new float[Dimension];
            for (var i = 0; i < Dimension; i++)
            {
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(((row * Dimension) + i) * 4)..]);
            }

            rows.Add(Line("", values));
        }

        return rows;
    }

    private static List<string> ReadParquet(string path)
    {
        using var reader = new Arrow.ParquetFileReader(path);
        var rows = new List<string>();
        for (var i = 0; i < reader.FileMetaData.NumRowGroups; i++)
        {
            using var group = reader.RowGroup(i);
            using var ids = group.Column(0).LogicalReader<string>();
            using var vectors = group.Column(1).LogicalReader<float[]>();
            rows.AddRange(ids.Zip(vectors, Line));
        }

        return rows;
    }
}
