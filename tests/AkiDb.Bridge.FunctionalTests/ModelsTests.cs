using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge models list</c>, <c>show</c>, <c>verify</c> and <c>prune</c>.</summary>
public sealed class ModelsTests : IDisposable
{
    private const string Name = "akidb/tiny-bert-cls";

    // Two engines are started, one of them with torch.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder home = new();

    private string ModelFolder => Path.Combine(home.Path, "hub", "models--akidb--tiny-bert-cls");

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task List_has_the_models_of_every_place_and_says_which_are_incomplete()
    {
        await PullAsync();
        var half = Directory.CreateDirectory(Path.Combine(home.Path, "own", "someone", "half")).FullName;
        await File.WriteAllTextAsync(Path.Combine(half, "config.json"), "{}", TestContext.Current.CancellationToken);

        var (exitCode, output, _) = await RunAsync("list", "--json");

        Assert.Equal(0, exitCode);
        var models = JsonElement.Parse(output).EnumerateArray().ToList();
        Assert.Equal(
            [("someone/half", "AKIDB_MODELS_PATH", "it has no weights"), (Name, "hub cache", null), ("sentence-transformers/all-MiniLM-L6-v2", "program", null)],
            models.Select(model => (model.GetProperty("model").GetString()!, model.GetProperty("place").GetString()!, model.GetProperty("problem").GetString())));
        Assert.Equal(HubDouble.Commit, models[1].GetProperty("revision").GetString());
        Assert.True(models[1].GetProperty("bytes").GetInt64() > 4_000_000);
    }

    [Fact]
    public async Task List_goes_on_behind_links_that_lead_in_a_circle()
    {
        foreach (var name in (string[])["back", "round"])
        {
            var folder = Directory.CreateDirectory(Path.Combine(home.Path, "own", name)).FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), "{}", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, "model.safetensors"), "8 bytes.", TestContext.Current.CancellationToken);
        }

        foreach (var link in (string[])["one", "another"])
        {
            Directory.CreateSymbolicLink(Path.Combine(home.Path, "own", "back", link), ".");
        }

        File.CreateSymbolicLink(Path.Combine(home.Path, "own", "round", "itself"), "itself");

        var (exitCode, output, errors) = await RunAsync("list", "--json");

        Assert.True(exitCode == 0, errors);
        var models = JsonElement.Parse(output).EnumerateArray().ToList();
        Assert.Equal(["back", "round", "sentence-transformers/all-MiniLM-L6-v2"], models.Select(model => model.GetProperty("model").GetString()));
        Assert.Equal((10, JsonValueKind.Null), (models[0].GetProperty("bytes").GetInt64(), models[0].GetProperty("problem").ValueKind));
        Assert.Contains("symbolic links", models[1].GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_says_what_the_model_is_and_who_computes_it()
    {
        var (exitCode, output, _) = await RunAsync("show", "all-MiniLM-L6-v2", "--json");

        Assert.Equal(0, exitCode);
        var card = JsonElement.Parse(output);
        Assert.Equal((384, "mean", 256), (card.GetProperty("dimension").GetInt32(), card.GetProperty("pooling").GetString(), card.GetProperty("max_tokens").GetInt32()));
        Assert.Equal("can", card.GetProperty("in_process").GetString());
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx"));
        Assert.Equal((await host.EmbedAsync(["a text"])).Space, card.GetProperty("space").GetString());
    }

    [Fact]
    public async Task Show_of_a_folder_that_cannot_be_served_says_why()
    {
        var folder = Directory.CreateDirectory(Path.Combine(home.Path, "strange")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), """{"model_type": "strange"}""", TestContext.Current.CancellationToken);

        var (exitCode, _, errors) = await RunAsync("show", folder);

        Assert.Equal(78, exitCode);
        Assert.Contains("strange", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_passes_a_whole_model_and_finds_a_byte_that_was_changed()
    {
        Python.Require();
        await PullAsync();

        var (exitCode, output, errors) = await RunAsync("verify", Name, "--json");

        Assert.True(exitCode == 0, errors + output);
        var verdict = JsonElement.Parse(output);
        Assert.Equal("hub", verdict.GetProperty("hashes_from").GetString());
        Assert.Equal(9, verdict.GetProperty("files").GetArrayLength());
        Assert.InRange(verdict.GetProperty("least_cosine").GetDouble(), 0.9999, 1.000001);

        var weights = Path.Combine(ModelFolder, "snapshots", HubDouble.Commit, "model.safetensors");
        await using (var file = File.OpenWrite(weights))
        {
            file.Seek(-1, SeekOrigin.End);
            file.WriteByte(7);
        }

        var (again, damaged, _) = await RunAsync("verify", Name, "--json");

        Assert.Equal(1, again);
        var wrong = Assert.Single(JsonElement.Parse(damaged).GetProperty("files").EnumerateArray(), file => file.GetProperty("problem").ValueKind == JsonValueKind.String);
        Assert.Equal("model.safetensors", wrong.GetProperty("path").GetString());
        Assert.Contains("its hash is", wrong.GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prune_removes_what_no_model_needs_and_only_when_it_is_told_to()
    {
        await PullAsync();
        var blobs = Path.Combine(ModelFolder, "blobs");
        var unfinished = Path.Combine(blobs, $"{new string('b', 64)}.incomplete");
        var orphan = Path.Combine(blobs, new string('c', 64));
        await File.WriteAllTextAsync(unfinished, "half", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(orphan, "nobody's", TestContext.Current.CancellationToken);
        var draft = Directory.CreateDirectory(Path.Combine(home.Path, ".cache", "akidb", "converted", $".{new string('e', 64)}-{Guid.NewGuid():N}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(draft, "model.safetensors"), "half", TestContext.Current.CancellationToken);
        var old = Directory.CreateDirectory(Path.Combine(ModelFolder, "snapshots", new string('d', 40))).FullName;
        var needed = Directory.EnumerateFiles(blobs).Except([unfinished, orphan]).Order().ToList();

        var (_, listed, _) = await RunAsync("prune", "--json");
        Assert.True(File.Exists(unfinished) && File.Exists(orphan) && Directory.Exists(draft));
        var (_, removed, _) = await RunAsync("prune", "--yes", "--json");

        Assert.Equal([draft, unfinished, orphan], JsonElement.Parse(listed).GetProperty("leftovers").EnumerateArray().Select(leftover => leftover.GetProperty("path").GetString()!).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(draft));
        Assert.True(JsonElement.Parse(removed).GetProperty("removed").GetBoolean());
        Assert.Equal(needed, Directory.EnumerateFiles(blobs).Order());
        Assert.True(Directory.Exists(old));
        await RunAsync("prune", "--yes", "--old-revisions");
        Assert.False(Directory.Exists(old));
        Assert.Equal(needed, Directory.EnumerateFiles(blobs).Order());
    }

    [Fact]
    public async Task Prune_removes_nothing_that_another_model_needs_or_that_lies_elsewhere()
    {
        await PullAsync();
        var blobs = Path.Combine(ModelFolder, "blobs");
        var (shared, elsewhere) = (Path.Combine(blobs, new string('c', 64)), Path.Combine(home.Path, "elsewhere", "file"));
        Directory.CreateDirectory(Path.GetDirectoryName(elsewhere)!);
        await File.WriteAllTextAsync(shared, "needed by another", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(elsewhere, "somebody's", TestContext.Current.CancellationToken);
        var snapshot = Directory.CreateDirectory(Path.Combine(home.Path, "hub", "models--akidb--other", "snapshots", "abc")).FullName;
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors"), shared);
        Directory.CreateSymbolicLink(Path.Combine(home.Path, "hub", "models--akidb--other", "blobs"), Path.GetDirectoryName(elsewhere)!);
        Directory.CreateSymbolicLink(Path.Combine(blobs, "link"), Path.GetDirectoryName(elsewhere)!);

        await RunAsync("prune", "--yes");

        Assert.True(File.Exists(shared));
        Assert.True(File.Exists(elsewhere));
    }

    [Fact]
    public async Task Prune_leaves_a_model_alone_that_is_being_fetched()
    {
        var blobs = Directory.CreateDirectory(Path.Combine(ModelFolder, "blobs")).FullName;
        var unfinished = Path.Combine(blobs, $"{new string('b', 64)}.incomplete");
        await File.WriteAllTextAsync(unfinished, "half", TestContext.Current.CancellationToken);
        var locks = Directory.CreateDirectory(Path.Combine(home.Path, "hub", ".locks", "models--akidb--tiny-bert-cls")).FullName;
        await using var held = new FileStream(Path.Combine(locks, $"{new string('b', 64)}.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        await RunAsync("prune", "--yes");

        Assert.True(File.Exists(unfinished));
    }

    private async Task PullAsync()
    {
        await using var hub = await HubDouble.StartAsync(Name, TestPaths.Model("tiny-bert-cls"));
        var (exitCode, _, errors) = await RunWithAsync(hub.Address, ["pull", Name]);
        Assert.True(exitCode == 0, errors);
    }

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(string verb, params string[] arguments) => RunWithAsync(null, [verb, .. arguments]);

    private async Task<(int ExitCode, string Output, string Errors)> RunWithAsync(string? endpoint, string[] arguments)
    {
        await using var process = BridgeProcess.Start("models", new HostSettings(arguments)
        {
            Environment = new Dictionary<string, string?> { ["HF_HOME"] = home.Path, ["HF_HUB_CACHE"] = null, ["HF_ENDPOINT"] = endpoint, ["HOME"] = home.Path, ["AKIDB_MODELS_PATH"] = Path.Combine(home.Path, "own") },
        });
        var exitCode = await process.WaitForExitAsync(Patience);
        return (exitCode, string.Join('\n', process.Output.Lines), string.Join('\n', process.Errors.Lines));
    }
}
