using System.Text;
using System.Text.Json.Nodes;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge stdio</c>, as an unmodified akidb-rest uses it.</summary>
public sealed class StdioTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    private static readonly string TinyModel = TestPaths.Model("tiny-bert-cls");

    [Fact]
    public async Task Program_in_the_place_of_a_Python_answers_as_AkiDBs_script_does()
    {
        Python.Require();
        await using var akidb = await AkiDbDriver.Start().WarmUpAsync();
        Reference.MiniLM.Check(await akidb.EmbedAsync(AkiDbDriver.MiniLM, Reference.TextsAt(Few)), Few);
        await Eventually.TrueAsync(() => akidb.Process.Family().Any(IsWorker), "a worker runs, of the bridge's own Python", akidb.Process.Errors.Tail);
        Assert.Null(FreePort.ListenedOnBy(akidb.Process.Pid));
        Assert.Empty(await akidb.EndAsync());
    }

    [Fact]
    public async Task All_reference_texts_have_the_bits_of_the_library()
    {
        await using var akidb = await AkiDbDriver.StartInProcess().WarmUpAsync();
        var vectors = new List<float[]>();
        foreach (var text in Reference.Texts)
        {
            vectors.Add((await akidb.EmbedAsync(AkiDbDriver.MiniLM, text)).Single());
        }

        Reference.MiniLM.Check(vectors, Reference.MiniLM.All);
        await LibraryVectors.CheckAsync(vectors);
        Assert.Empty(await akidb.EndAsync());
    }

    [Fact]
    public async Task What_is_sent_without_waiting_is_answered_in_order_behind_the_model_that_it_needs()
    {
        await using var akidb = AkiDbDriver.StartInProcess();
        var sending = Task.Run(async () =>
        {
            await akidb.SendAsync(AkiDbDriver.Line("load_model", new JsonObject { ["model"] = TinyModel }));
            foreach (var index in Reference.TinyBertCls.All)
            {
                await akidb.SendAsync(AkiDbDriver.Line("embed_batch", AkiDbDriver.Batch(TinyModel, [Reference.Texts[index]])));
                await akidb.SendAsync("no JSON");
            }

            akidb.EndInput();
        }, TestContext.Current.CancellationToken);
        var answers = await akidb.EndAsync(endsInput: false);
        await sending;
        Assert.Equal(96, answers[0].GetProperty("dimension").GetInt32());
        Reference.TinyBertCls.Check([.. answers.Skip(1).Where((_, index) => index % 2 == 0).Select(answer => AkiDbDriver.Vectors(answer).Single())], Reference.TinyBertCls.All);
        Assert.All(answers.Skip(1).Where((_, index) => index % 2 == 1), answer => Assert.Equal("error", answer.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Normalize_false_gives_vectors_as_pooled()
    {
        await using var akidb = await AkiDbDriver.StartInProcess().WarmUpAsync();
        var pooled = AkiDbDriver.Vectors(await akidb.CallAsync("embed_batch", AkiDbDriver.Batch(AkiDbDriver.MiniLM, ["a text"], normalize: false))).Single();
        var normalized = (await akidb.EmbedAsync(AkiDbDriver.MiniLM, "a text")).Single();
        var length = MathF.Sqrt(pooled.Sum(value => value * value));
        Assert.NotInRange(length, 0.99f, 1.01f);
        Assert.All(pooled.Zip(normalized), pair => Assert.Equal(pair.First / length, pair.Second, 1e-6f));
    }

    [Fact]
    public async Task Models_are_added_and_a_load_that_fails_changes_nothing()
    {
        await using var akidb = await AkiDbDriver.StartInProcess().WarmUpAsync();
        foreach (var name in new[] { "qdrant/all-MiniLM-L6-v2-onnx", "other/all-MiniLM-L6-v2", "all-MiniLM-L12-v2", "/nonexistent", "..", "a\0b", new string('x', 5000) })
        {
            Assert.Equal("error", (await akidb.LoadAsync(name)).GetProperty("status").GetString());
            Assert.Equal("error", (await akidb.CallAsync("embed_batch", AkiDbDriver.Batch(name, ["a text"]))).GetProperty("status").GetString());
        }

        Assert.Equal(96, (await akidb.LoadAsync(TinyModel)).GetProperty("dimension").GetInt32());
        Assert.Equal(384, (await akidb.LoadAsync("all-MiniLM-L6-v2", null)).GetProperty("dimension").GetInt32());
        Assert.Equal(384, (await akidb.LoadAsync(AkiDbDriver.MiniLM)).GetProperty("dimension").GetInt32());
        Reference.TinyBertCls.Check(await akidb.EmbedAsync(TinyModel, Reference.TextsAt(Few)), Few);
        Reference.MiniLM.Check(await akidb.EmbedAsync("all-MiniLM-L6-v2", Reference.TextsAt(Few)), Few);
        Reference.MiniLM.Check(await akidb.EmbedAsync(AkiDbDriver.MiniLM, Reference.TextsAt(Few)), Few);
    }

    [Fact]
    public async Task Model_is_found_in_the_callers_cache_and_half_of_one_is_not_taken_for_it()
    {
        using var cache = new TemporaryFolder();
        AddSnapshot(cache.Path, "org/tiny", file => true);
        AddSnapshot(cache.Path, AkiDbDriver.MiniLM, file => file is "config.json" or "tokenizer.json" or "tokenizer_config.json");
        await using var akidb = await AkiDbDriver.Start(new Dictionary<string, string?> { ["AKIDB_BRIDGE__PROVIDER"] = "onnx", ["HF_HUB_CACHE"] = cache.Path }).WarmUpAsync();
        Assert.Equal("ok", (await akidb.LoadAsync("org/tiny", cache.Path)).GetProperty("status").GetString());
        Reference.TinyBertCls.Check(await akidb.EmbedAsync("org/tiny", Reference.TextsAt(Few)), Few);
        Reference.MiniLM.Check(await akidb.EmbedAsync(AkiDbDriver.MiniLM, Reference.TextsAt(Few)), Few);
    }

    public static TheoryData<string> BadLines =>
    [
        "", "no JSON", "{", "[]", "null", "7", "\"text\"", "{}", "{\"method\": 7}", "{\"method\": \"unknown\", \"params\": {}}", "{\"method\": \"embed_batch\"}",
        "{\"method\": \"load_model\", \"params\": null}", "{\"method\": \"load_model\", \"params\": []}", "{\"method\": \"load_model\", \"params\": {}}",
        "{\"method\": \"load_model\", \"params\": {\"model\": 7}}", "{\"method\": \"load_model\", \"params\": {\"model\": \"\"}}",
        "{\"method\": \"embed_batch\", \"params\": {\"inputs\": [\"a\"]}}", "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\"}}",
        "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": \"a\"}}", "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": []}}",
        "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": [7]}}", "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": [null]}}",
        "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": [\"a\"], \"normalize\": \"yes\"}}",
        "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": [\"a\"], \"prompt\": \"q\"}}",
        "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"model\": \"N\", \"inputs\": [\"a\"]}}",
        "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": [\"\\ud800\"]}}", "{\"method\": \"embed_batch\", \"params\": {\"model\": \"\\udc00\", \"inputs\": [\"a\"]}}",
        "{\"method\": \"\\ud800\"}", "\0", "{\"method\": \"ping\"\0}", "\u2028", "{\"method\": \"ping\"} {\"method\": \"ping\"}", "NaN", "{\"method\": \"ping\", }",
    ];

    [Fact]
    public async Task Line_that_is_no_call_gets_an_error_line_and_the_next_one_its_answer()
    {
        await using var akidb = AkiDbDriver.StartInProcess();
        Assert.Equal(96, (await akidb.LoadAsync(TinyModel)).GetProperty("dimension").GetInt32());
        byte[][] raw = [[0xFF, 0xFE], [0xC3, 0x28], [.. "{\"method\": \"embed_batch\", \"params\": {\"model\": \"M\", \"inputs\": [\""u8, 0xC3, 0x28, .. "\"]}}"u8], Enumerable.Repeat((byte)'[', 100_000).ToArray()];
        foreach (var line in BadLines.Select(row => Encoding.UTF8.GetBytes(row.Data.Replace("\"M\"", $"\"{TinyModel}\"", StringComparison.Ordinal))).Concat(raw))
        {
            await akidb.SendAsync((byte[])[.. line, (byte)'\n']);
            var answer = await akidb.ReadAsync();
            Assert.True(answer.GetProperty("status").GetString() == "error" && answer.GetProperty("message").GetString() is { Length: > 0 and < 2000 }, $"{Encoding.UTF8.GetString(line)}: {answer}");
        }

        Reference.TinyBertCls.Check(await akidb.EmbedAsync(TinyModel, Reference.TextsAt(Few)), Few);
        Assert.Empty(await akidb.EndAsync());
    }

    [Fact]
    public async Task Line_of_a_hundred_megabytes_gets_an_error_line_and_is_not_kept()
    {
        await using var akidb = AkiDbDriver.StartInProcess();
        Assert.Equal(96, (await akidb.LoadAsync(TinyModel)).GetProperty("dimension").GetInt32());
        var before = ProcessTable.ResidentBytes(akidb.Process.Pid);
        for (var line = 0; line < 4; line++)
        {
            await akidb.SendAsync("{\"method\": \"embed_batch\", \"params\": {\"inputs\": [\""u8.ToArray());
            for (var sent = 0; sent < 100; sent++)
            {
                await akidb.SendAsync(Enumerable.Repeat((byte)'x', 1024 * 1024).ToArray());
            }

            await akidb.SendAsync("\"]}}\n"u8.ToArray());
            Assert.Contains("33554432 bytes", (await akidb.ReadAsync()).GetProperty("message").GetString()!, StringComparison.Ordinal);
        }

        Assert.InRange(ProcessTable.ResidentBytes(akidb.Process.Pid) - before, long.MinValue, 100L * 1024 * 1024);
        Reference.TinyBertCls.Check(await akidb.EmbedAsync(TinyModel, Reference.TextsAt(Few)), Few);
    }

    [Fact]
    public async Task Caller_that_does_not_read_is_made_to_wait_and_gets_every_answer_when_it_reads()
    {
        const int Calls = 600;
        await using var akidb = await AkiDbDriver.Start(new Dictionary<string, string?> { ["AKIDB_BRIDGE__PROVIDER"] = "mock" }).WarmUpAsync();
        var before = ProcessTable.ResidentBytes(akidb.Process.Pid);
        string[] texts = [.. Enumerable.Repeat("a", 200)];
        var line = AkiDbDriver.Line("embed_batch", AkiDbDriver.Batch(AkiDbDriver.MiniLM, texts));
        var sending = Task.Run(async () =>
        {
            for (var call = 0; call < Calls; call++)
            {
                await akidb.SendAsync(line);
            }
        }, TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(sending.IsCompleted);
        Assert.InRange(ProcessTable.ResidentBytes(akidb.Process.Pid) - before, long.MinValue, 120L * 1024 * 1024);
        for (var call = 0; call < Calls; call++)
        {
            Assert.Equal(texts.Length, (await akidb.ReadAsync()).GetProperty("count").GetInt32());
        }

        await sending;
        Assert.Empty(await akidb.EndAsync());
    }

    [Fact]
    public async Task Program_ends_when_nobody_reads_its_answers_any_more()
    {
        var load = AkiDbDriver.Line("load_model", new JsonObject { ["model"] = TinyModel });
        var ping = AkiDbDriver.Line("ping", new JsonObject());
        await using var command = BridgeProcess.StartInShell(
            $"((echo '{load}'; yes '{ping}') 2>/dev/null | AKIDB_BRIDGE__PROVIDER=onnx \"$@\"; echo \"code $?\" >&2) | head -n 2", "stdio");
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.Equal(2, command.Output.Lines.Count);
        Assert.Equal(["code 141"], command.Errors.Lines);
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Interrupt)]
    public async Task Signal_lets_AkiDB_finish_and_the_end_of_its_input_ends_at_once(int signal)
    {
        Signals.RequireHeeded(signal);
        await using var akidb = AkiDbDriver.StartInProcess();
        Assert.Equal(96, (await akidb.LoadAsync(TinyModel)).GetProperty("dimension").GetInt32());
        Signals.Send(akidb.Process.Pid, signal);
        Reference.TinyBertCls.Check(await akidb.EmbedAsync(TinyModel, Reference.TextsAt(Few)), Few);
        Assert.Empty(await akidb.EndAsync());
    }

    [Fact]
    public async Task Signal_that_comes_as_the_program_ends_takes_no_exit_code_away()
    {
        Signals.RequireHeeded(Signals.Terminate);
        for (var round = 0; round < 20; round++)
        {
            await using var akidb = AkiDbDriver.Start(new Dictionary<string, string?> { ["AKIDB_BRIDGE__PROVIDER"] = "mock" });
            Assert.Equal("ok", (await akidb.CallAsync("ping", new JsonObject())).GetProperty("status").GetString());
            Signals.Send(akidb.Process.Pid, Signals.Terminate);
            Assert.Empty(await akidb.EndAsync());
        }
    }

    [Fact]
    public async Task Nothing_outlives_a_program_that_was_killed()
    {
        Python.Require();
        var akidb = await AkiDbDriver.Start().WarmUpAsync();
        await Eventually.TrueAsync(() => akidb.Process.Family().Any(IsWorker), "a worker runs", akidb.Process.Errors.Tail);
        Assert.DoesNotContain(akidb.Process.TemporaryFiles, name => name.Contains($"-{akidb.Process.Pid}-", StringComparison.Ordinal));
        await akidb.DisposeAsync();
    }

    [Fact]
    public async Task Program_is_never_started_as_its_own_Python()
    {
        using var folder = new TemporaryFolder();
        var python = Path.Combine(folder.Path, "python3");
        File.CreateSymbolicLink(python, BridgeProcess.Executable);
        await using var akidb = await AkiDbDriver.Start(new Dictionary<string, string?>
        {
            ["PATH"] = folder.Path,
            ["AKIDB_BRIDGE__WORKER__PYTHONPATH"] = null,
        }).WarmUpAsync();
        await akidb.Process.Errors.WaitForAsync("No Python was found on PATH.");
        Assert.Equal([akidb.Process.Pid], akidb.Process.Family());

        await using var named = await AkiDbDriver.Start(new Dictionary<string, string?> { ["AKIDB_BRIDGE__WORKER__PYTHONPATH"] = python }).WarmUpAsync();
        await named.Process.Errors.WaitForAsync("is this program itself");
        Assert.Equal([named.Process.Pid], named.Process.Family());
    }

    [Fact]
    public async Task Mistake_in_the_configuration_is_a_sentence_and_the_end()
    {
        await using var command = BridgeProcess.Start("stdio", new HostSettings("--set", "Worker:Treads=2"));
        Assert.Equal(78, await command.WaitForExitAsync());
        Assert.Contains("Did you mean Threads?", command.Errors.Tail(), StringComparison.Ordinal);
        Assert.Empty(command.Output.Lines);
    }

    private static bool IsWorker(int pid) => ProcessTable.CommandLine(pid).Contains("akidb_worker", StringComparison.Ordinal) || ProcessTable.CommandLine(pid).Contains("akidb-worker", StringComparison.Ordinal);

    private static void AddSnapshot(string cache, string name, Func<string, bool> isWanted)
    {
        var model = Directory.CreateDirectory(Path.Combine(cache, $"models--{name.Replace("/", "--", StringComparison.Ordinal)}"));
        model.CreateSubdirectory("refs");
        File.WriteAllText(Path.Combine(model.FullName, "refs", "main"), "0123456789");
        foreach (var file in Directory.EnumerateFiles(TinyModel, "*", SearchOption.AllDirectories).Where(file => isWanted(Path.GetFileName(file))))
        {
            var target = Path.Combine(model.FullName, "snapshots", "0123456789", Path.GetRelativePath(TinyModel, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
