using System.Globalization;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Files;

/// <summary><c>akidb-bridge embed --input</c>: files in, files out, and nothing is lost or done twice whatever ends the program in between.</summary>
public sealed class EmbedFilesTests : IDisposable
{
    private const int Rows = 30_000;
    private static readonly string[] Mock = ["--provider", "mock", "--dimensions", "8"];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("jsonl")]
    [InlineData("npy")]
    [InlineData("csv")]
    [InlineData("f32")]
    [InlineData("parquet")]
    public async Task Work_that_was_killed_three_times_ends_in_the_same_bytes(string format)
    {
        var lines = Enumerable.Range(1, Rows).Select(number => $"text {number * 7919L % 100_003}").ToArray();
        var input = Write("in.txt", string.Join('\n', lines));
        var whole = At($"whole.{format}");
        await RunAsync(0, ["-i", input, "-o", whole, "--format", format]);

        var broken = At($"broken.{format}");
        var random = new Random(format.Length);
        var done = 0L;
        for (var kill = 1; kill <= 3; kill++)
        {
            await using var command = BridgeProcess.Start("embed", new HostSettings([.. Mock, "-i", "-", "-o", broken, "--format", format, "--resume"]));
            var feed = FeedAsync(command, lines, (kill * Rows / 4) + random.Next(0, 2000));
            await Eventually.TrueAsync(() => RowsDone(broken) > done, $"more than {done} rows are done", command.Evidence);
            await feed;
            done = RowsDone(broken);
            Signals.Send(command.Pid, Signals.Kill);
            Assert.Equal(137, await command.WaitForExitAsync());
            Assert.False(File.Exists(broken));
        }

        await RunAsync(0, ["-i", input, "-o", broken, "--format", format, "--resume"]);
        Assert.Equal(await File.ReadAllBytesAsync(whole, Token), await File.ReadAllBytesAsync(broken, Token));
        Assert.Equal(await File.ReadAllBytesAsync($"{whole}.space", Token), await File.ReadAllBytesAsync($"{broken}.space", Token));
        Assert.Equal([$"broken.{format}", $"broken.{format}.space"], Directory.GetFiles(folder.Path, "broken*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Full_disk_ends_the_work_and_room_lets_it_go_on()
    {
        var disk = At("disk");
        Directory.CreateDirectory(disk);
        var mount = await ShellAsync($"mount -t tmpfs -o size=256k tmpfs '{disk}'");
        Assert.SkipWhen(mount.ExitCode != 0, "A small disk can only be mounted as root.");
        try
        {
            var input = Write("in.txt", string.Join('\n', Enumerable.Range(1, Rows).Select(number => $"text {number}")));
            var whole = At("whole.f32");
            await RunAsync(0, ["-i", input, "-o", whole]);
            var output = Path.Combine(disk, "out.f32");
            var full = await RunAsync(1, ["-i", input, "-o", output]);
            Assert.Contains("No space left", full, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("   at ", full, StringComparison.Ordinal);

            Assert.Equal(0, (await ShellAsync($"mount -o remount,size=64m '{disk}'")).ExitCode);
            await RunAsync(0, ["-i", input, "-o", output, "--resume"]);
            Assert.Equal(await File.ReadAllBytesAsync(whole, Token), await File.ReadAllBytesAsync(output, Token));
        }
        finally
        {
            await ShellAsync($"umount '{disk}'");
        }
    }

    [Fact]
    public async Task Bad_rows_are_named_beside_the_output_and_cost_the_others_nothing()
    {
        var input = Write("in.jsonl", "{\"text\":\"one\",\"id\":\"a\"}\n{\"text\":3,\"id\":\"b\"}\n\nnot json\n{\"text\":\"one\",\"id\":\"c\"}\n");
        var jsonl = At("out.jsonl");
        var npy = At("out.npy");
        await RunAsync(65, ["-i", input, "-o", jsonl, "--id", "id"]);
        await RunAsync(65, ["-i", input, "-o", npy]);

        var rows = (await File.ReadAllLinesAsync(jsonl, Token)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["a", "c"], rows.Select(row => row.GetProperty("id").GetString()));
        var bad = (await File.ReadAllLinesAsync($"{jsonl}.bad.jsonl", Token)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([(2, 2), (4, 3)], bad.Select(row => (row.GetProperty("line").GetInt32(), row.GetProperty("row").GetInt32())));
        Assert.Contains("its member 'text' is no string", await File.ReadAllTextAsync($"{jsonl}.bad.jsonl", Token), StringComparison.Ordinal);

        // Rows have no names there: those without a vector keep their place.
        var floats = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>((await File.ReadAllBytesAsync(npy, Token)).AsSpan(128)).ToArray();
        Assert.Equal(4 * 8, floats.Length);
        Assert.Equal([false, true, true, false], floats.Chunk(8).Select(row => row.All(float.IsNaN)));
        Assert.Equal(rows[0].GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()), floats[..8]);
    }

    [Fact]
    public async Task NumPy_maps_what_was_written()
    {
        Python.Require();
        var input = Write("in.txt", "one\ntwo\nthree\n");
        var output = At("out.npy");
        await RunAsync(0, ["-i", input, "-o", output]);
        var read = await Cli.Wrap(Python.WithTorch!).WithArguments(["-c", "import numpy, sys; a = numpy.load(sys.argv[1], mmap_mode='r'); print(a.shape, a.dtype.str, a.flags.c_contiguous, float(a[2][7]))", output])
            .ExecuteBufferedAsync(Token);
        var last = BitConverter.ToSingle(await File.ReadAllBytesAsync(output, Token), 128 + (((2 * 8) + 7) * 4));
        Assert.Equal($"(3, 8) <f4 True {((double)last).ToString("R", CultureInfo.InvariantCulture)}", read.StandardOutput.Trim());
    }

    [Fact]
    public async Task Running_server_computes_the_same_and_refuses_who_has_no_key()
    {
        var key = Write("key", "a-secret\n");
        var input = Write("in.csv", "body,n\n\"one, two\",1\nthree,2\n");
        await RunAsync(0, ["-i", input, "--field", "body", "-o", At("own.f32")]);
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:ApiKeys:0=a-secret"));
        string[] remote = ["embed", "--dimensions", "8", "--url", host.Client.BaseAddress!.ToString(), "-i", input, "--field", "body"];
        Assert.Equal(0, (await EndAsync([.. remote, "--key-file", key, "-o", At("remote.f32")])).Code);
        Assert.Equal(await File.ReadAllBytesAsync(At("own.f32"), Token), await File.ReadAllBytesAsync(At("remote.f32"), Token));
        Assert.Equal(await File.ReadAllTextAsync(At("own.f32.space"), Token), await File.ReadAllTextAsync(At("remote.f32.space"), Token));

        var (code, errors) = await EndAsync([.. remote, "-o", At("refused.f32")]);
        Assert.Equal(78, code);
        Assert.Contains("--key-file", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await EndAsync([.. remote, "--provider", "mock", "-o", At("refused.f32")])).Code);
    }

    [Fact]
    public async Task Interrupted_work_is_kept_and_goes_on()
    {
        Signals.RequireHeeded(Signals.Interrupt);
        var output = At("out.jsonl");
        await using (var command = BridgeProcess.Start("embed", new HostSettings([.. Mock, "-i", "-", "-o", output])))
        {
            await FeedAsync(command, [.. Enumerable.Range(1, 2000).Select(number => $"text {number}")], 2000);
            await Eventually.TrueAsync(() => PartialLines(output) > 0, "rows are written", command.Evidence);
            Signals.Send(command.Pid, Signals.Interrupt);
            Assert.Equal(130, await command.WaitForExitAsync());
            Assert.Contains("--resume", command.Errors.Tail(), StringComparison.Ordinal);
        }

        Assert.True(RowsDone(output) > 0);
        Assert.Contains("was begun and is not finished", await RunAsync(78, ["-i", Write("in.txt", "another text"), "-o", output]), StringComparison.Ordinal);
        Assert.Contains("are not those that were embedded before", await RunAsync(78, ["-i", Write("in.txt", "another text"), "-o", output, "--resume"]), StringComparison.Ordinal);
        await RunAsync(0, ["-i", Write("in.txt", string.Join('\n', Enumerable.Range(1, 2000).Select(number => $"text {number}"))), "-o", output, "--resume"]);
        Assert.Equal(2000, (await File.ReadAllLinesAsync(output, Token)).Length);
    }

    [Fact]
    public async Task Finished_output_is_left_as_it_is_and_added_to_only_when_asked()
    {
        var input = Write("in.txt", "one\ntwo");
        var output = At("out.npy");
        await RunAsync(0, ["-i", input, "-o", output, "--resume"]);
        var written = File.GetLastWriteTimeUtc(output);
        Assert.Contains("is there already", await RunAsync(78, ["-i", input, "-o", output]), StringComparison.Ordinal);
        await RunAsync(0, ["-i", input, "-o", output, "--resume"]);
        Assert.Equal(written, File.GetLastWriteTimeUtc(output));
        await RunAsync(0, ["-i", input, "-o", output, "--append"]);
        var bytes = await File.ReadAllBytesAsync(output, Token);
        Assert.Equal(128 + (4 * 8 * 4), bytes.Length);
        Assert.Equal(bytes[128..192], bytes[192..]);
        await File.WriteAllTextAsync($"{output}.space", "another space", Token);
        Assert.Contains("Use the same model", await RunAsync(78, ["-i", input, "-o", output, "--append"]), StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(output, Token));
    }

    [Fact]
    public async Task Finished_output_has_a_summary_too()
    {
        var input = Write("in.jsonl", "{\"text\":\"one\"}\nnot json\n");
        string[] arguments = [.. Mock, "-i", input, "-o", At("out.f32"), "--resume", "--json"];
        await using var first = BridgeProcess.Start("embed", new HostSettings(arguments));
        Assert.Equal(65, await first.WaitForExitAsync());
        await using var again = BridgeProcess.Start("embed", new HostSettings(arguments));
        Assert.Equal(0, await again.WaitForExitAsync());

        using var one = JsonDocument.Parse(Assert.Single(first.Output.Lines));
        using var other = JsonDocument.Parse(Assert.Single(again.Output.Lines));
        Assert.Equal(one.RootElement.EnumerateObject().Select(member => member.Name), other.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal((1, 0), (one.RootElement.GetProperty("texts").GetInt64(), other.RootElement.GetProperty("texts").GetInt64()));
        Assert.Equal(JsonValueKind.Null, other.RootElement.GetProperty("rows").ValueKind);
        Assert.All(["bad", "space", "output", "bad_rows_file"], (string member) => Assert.Equal(one.RootElement.GetProperty(member).ToString(), other.RootElement.GetProperty(member).ToString()));
    }

    [Fact]
    public async Task Standard_output_gets_a_line_of_json_for_each_row()
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings([.. Mock, "-i", Write("in.txt", "one\ntwo")]));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Equal([1, 2], command.Output.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt32()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [InlineData(false, true)]
    public async Task Terminal_of_eighty_columns_shows_one_line_of_progress(bool withoutColours, bool throughPipe = false)
    {
        var input = Write("in.txt", string.Join('\n', Enumerable.Range(1, Rows).Select(number => $"text {number}")));
        var command = $"stty cols 80; '{BridgeProcess.Executable}' embed {string.Join(' ', Mock)} -i {(throughPipe ? $"- < '{input}'" : $"'{input}'")} -o '{At("out.npy")}'";
        Assert.SkipWhen((await ShellAsync("command -v script")).ExitCode != 0, "There is no 'script' here, which runs a program in a terminal.");
        var screen = await Cli.Wrap("script").WithArguments(["-qec", command, "/dev/null"]).WithValidation(CommandResultValidation.None)
            .WithEnvironmentVariables(variables => variables.Set("TERM", "xterm-256color").Set("NO_COLOR", withoutColours ? "1" : null))
            .ExecuteBufferedAsync(Token);

        Assert.True(screen.ExitCode == 0, screen.StandardOutput);
        Assert.Contains(" texts/s  ", screen.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("30,000 texts were embedded by mock", screen.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(!withoutColours, screen.StandardOutput.Contains("\u001b[38;5;", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a text and a file", "a text", "-i", "in.txt")]
    [InlineData("--resume needs --output", "-i", "in.txt", "--resume")]
    [InlineData("says no format", "-i", "in.txt", "-o", "out.xyz")]
    [InlineData("needs --output", "-i", "in.txt", "--format", "npy")]
    [InlineData("Did you mean --resume?", "-i", "in.txt", "-o", "out.npy", "--resum")]
    public async Task Switches_that_contradict_each_other_are_refused(string sentence, params string[] arguments)
    {
        var (code, errors) = await EndAsync(["embed", .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains(sentence == "a text and a file" ? "give one or the other" : sentence, errors, StringComparison.Ordinal);
    }

    private static long RowsDone(string output)
    {
        try
        {
            using var checkpoint = JsonDocument.Parse(File.ReadAllBytes($"{output}.checkpoint"));
            return checkpoint.RootElement.GetProperty("rows").GetInt64();
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private static long PartialLines(string output) => File.Exists($"{output}.partial") ? new FileInfo($"{output}.partial").Length : 0;

    private static async Task FeedAsync(BridgeProcess command, string[] lines, int count)
    {
        foreach (var line in lines.Take(count))
        {
            await command.Input.WriteLineAsync(line);
        }

        await command.Input.FlushAsync(Token);
    }

    private static async Task<(int Code, string Errors)> EndAsync(string[] arguments)
    {
        await using var command = BridgeProcess.Start(arguments[0], new HostSettings(arguments[1..]));
        var code = await command.WaitForExitAsync();
        return (code, command.Errors.Tail());
    }

    private static async Task<BufferedCommandResult> ShellAsync(string line) =>
        await Cli.Wrap("/bin/sh").WithArguments(["-c", line]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(Token);

    private static async Task<string> RunAsync(int code, string[] arguments)
    {
        var (actual, errors) = await EndAsync(["embed", .. Mock, .. arguments]);
        Assert.True(actual == code, $"It ended with {actual}. {errors}");
        return errors;
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private string Write(string name, string content)
    {
        File.WriteAllText(At(name), content);
        return At(name);
    }
}
