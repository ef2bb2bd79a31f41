using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge models pull</c> against a hub on this machine that speaks the real one's protocol, and misbehaves as hubs and networks do.</summary>
public sealed class ModelsPullTests : IDisposable
{
    private const string Name = "akidb/tiny-bert-cls";
    private const string Weights = "model.safetensors";

    // Only a program that hangs takes longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly Dictionary<string, byte[]> Unwanted = new()
    {
        ["pytorch_model.bin"] = [1, 2, 3],
        ["modeling.py"] = "raise SystemExit"u8.ToArray(),
        ["onnx/config.json"] = "{}"u8.ToArray(),
        ["README.md"] = "text"u8.ToArray(),
    };

    private readonly TemporaryFolder home = new();

    private string ModelFolder => Path.Combine(home.Path, "hub", "models--akidb--tiny-bert-cls");

    private string Snapshot => Path.Combine(ModelFolder, "snapshots", HubDouble.Commit);

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Model_is_pulled_with_its_weights_json_and_text_and_nothing_else()
    {
        await using var hub = await StartHubAsync();

        var pulled = await PullAsync(hub, arguments: "--json");

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        var answer = JsonElement.Parse(pulled.Output);
        Assert.Equal((Name, HubDouble.Commit, Snapshot), (answer.GetProperty("model").GetString(), answer.GetProperty("revision").GetString(), answer.GetProperty("folder").GetString()));
        AssertWhole(hub);
        Assert.Equal(HubDouble.Commit, await File.ReadAllTextAsync(Path.Combine(ModelFolder, "refs", "main"), TestContext.Current.CancellationToken));
        Assert.All(Directory.EnumerateFiles(Path.Combine(ModelFolder, "blobs")), blob => Assert.DoesNotContain('.', Path.GetFileName(blob)));
    }

    [Fact]
    public async Task Hubs_own_library_takes_what_was_pulled_without_a_network()
    {
        LibraryModels.Require();
        await using var hub = await StartHubAsync();
        Assert.Equal(0, (await PullAsync(hub)).ExitCode);

        using var python = Process.Start(new ProcessStartInfo(
            LibraryModels.Python!, ["-c", $"from huggingface_hub import snapshot_download, try_to_load_from_cache as look; print(snapshot_download('{Name}')); print(look('{Name}', '1_Pooling/config.json'))"])
        {
            RedirectStandardOutput = true,
            Environment = { ["HF_HOME"] = home.Path, ["HF_HUB_OFFLINE"] = "1", ["HF_HUB_CACHE"] = null },
        })!;
        var said = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal([Snapshot, Path.Combine(Snapshot, "1_Pooling", "config.json")], said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Connection_that_is_cut_again_and_again_is_gone_on_with_where_it_ended()
    {
        const int Part = 1_000_000;
        await using var hub = await StartHubAsync();
        var incomplete = Path.Combine(ModelFolder, "blobs", $"{HubDouble.HashOf(Weights, hub.Content(Weights))}.incomplete");
        hub.Misbehave = async context =>
        {
            // The last part, which ends the file, is moved away at once.
            var first = context.Request.GetTypedHeaders().Range?.Ranges.Single().From ?? 0;
            if (!HubDouble.IsStorage(context) || hub.Content(Weights).Length - first <= Part)
            {
                return false;
            }

            await HubDouble.SendAsync(context, hub.Content(Weights), cutAfter: Part, async sent =>
                await Eventually.TrueAsync(() => File.Exists(incomplete) && new FileInfo(incomplete).Length >= sent, "what was sent has come", () => ""));
            return true;
        };

        var pulled = await PullAsync(hub);

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
        var asked = hub.Questions.Where(question => question.ToStorage).ToList();
        Assert.Null(asked[0].Range);
        Assert.True(asked.Count > 2 && asked.Skip(1).All(question => question.Range is not null), string.Join('\n', asked));
    }

    [Fact]
    public async Task Pull_that_was_killed_shows_nothing_and_goes_on_when_it_is_run_again()
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = async context =>
        {
            if (HubDouble.IsStorage(context))
            {
                context.Response.ContentLength = hub.Content(Weights).Length;
                await context.Response.Body.WriteAsync(hub.Content(Weights).AsMemory(0, 20_000));
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            return HubDouble.IsStorage(context);
        };
        var incomplete = Path.Combine(ModelFolder, "blobs", $"{HubDouble.HashOf(Weights, hub.Content(Weights))}.incomplete");
        await using (var killed = BridgeProcess.Start("models", Settings(hub, "pull", Name)))
        {
            await Eventually.TrueAsync(() => File.Exists(incomplete) && new FileInfo(incomplete).Length == 20_000, "a part of the weights is there", killed.Evidence);
            Signals.Send(killed.Pid, Signals.Kill);
            await killed.WaitForExitAsync();
        }

        Assert.False(Directory.Exists(Path.Combine(ModelFolder, "snapshots")));
        Assert.False(Directory.Exists(Path.Combine(ModelFolder, "refs")));
        hub.Misbehave = _ => Task.FromResult(false);
        hub.Questions.Clear();

        var pulled = await PullAsync(hub);

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
        Assert.Equal("bytes=20000-", Assert.Single(hub.Questions, question => question.ToStorage).Range);
    }

    [Fact]
    public async Task Server_that_cannot_begin_in_the_middle_sends_it_all_again()
    {
        await using var hub = await StartHubAsync();
        Directory.CreateDirectory(Path.Combine(ModelFolder, "blobs"));
        await File.WriteAllBytesAsync(
            Path.Combine(ModelFolder, "blobs", $"{HubDouble.HashOf(Weights, hub.Content(Weights))}.incomplete"), hub.Content(Weights)[..12_345], TestContext.Current.CancellationToken);
        hub.Misbehave = context =>
        {
            context.Request.Headers.Remove("Range");
            return Task.FromResult(false);
        };

        var pulled = await PullAsync(hub);

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public async Task Wrong_bytes_are_fetched_once_more_and_never_kept(int times, int exitCode)
    {
        await using var hub = await StartHubAsync();
        var lies = 0;
        hub.Misbehave = async context =>
        {
            if (!HubDouble.IsStorage(context) || Interlocked.Increment(ref lies) > times)
            {
                return false;
            }

            var wrong = hub.Content(Weights).ToArray();
            wrong[^1] ^= 1;
            await HubDouble.SendAsync(context, wrong);
            return true;
        };

        var pulled = await PullAsync(hub);

        Assert.Equal(exitCode, pulled.ExitCode);
        if (exitCode == 0)
        {
            AssertWhole(hub);
            return;
        }

        Assert.Contains("has the hash", pulled.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(ModelFolder, "snapshots")));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(ModelFolder, "blobs")), file => Path.GetFileName(file).StartsWith(HubDouble.HashOf(Weights, hub.Content(Weights)), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_that_are_wrong_on_the_disk_are_fetched_again(bool isComplete)
    {
        await using var hub = await StartHubAsync();
        var blob = Path.Combine(Directory.CreateDirectory(Path.Combine(ModelFolder, "blobs")).FullName, HubDouble.HashOf(Weights, hub.Content(Weights)));
        await File.WriteAllBytesAsync(isComplete ? blob : $"{blob}.incomplete", new byte[isComplete ? hub.Content(Weights).Length : 5_000], TestContext.Current.CancellationToken);

        var pulled = await PullAsync(hub);

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
    }

    [Fact]
    public async Task Hub_that_asks_to_wait_is_waited_for()
    {
        await using var hub = await StartHubAsync();
        var (refused, waited) = (0L, TimeSpan.Zero);
        hub.Misbehave = context =>
        {
            if (refused != 0)
            {
                waited = waited == TimeSpan.Zero ? Stopwatch.GetElapsedTime(refused) : waited;
                return Task.FromResult(false);
            }

            refused = Stopwatch.GetTimestamp();
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "2";
            return Task.FromResult(true);
        };

        var pulled = await PullAsync(hub);

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        Assert.True(waited >= TimeSpan.FromSeconds(1.9), $"It waited {waited}.");
        Assert.Contains("429", pulled.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hub_that_asks_to_wait_for_hours_is_not_waited_for()
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = context =>
        {
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            context.Response.Headers.RetryAfter = "7200";
            return Task.FromResult(true);
        };

        var pulled = await PullAsync(hub);

        Assert.Equal(1, pulled.ExitCode);
        Assert.Contains("02:00:00", pulled.Errors, StringComparison.Ordinal);
        Assert.Single(hub.Questions);
    }

    [Theory]
    [InlineData("HF_TOKEN")]
    [InlineData("HF_TOKEN_PATH")]
    [InlineData("token file")]
    public async Task Gated_model_is_pulled_with_the_users_token_which_goes_to_the_hub_alone(string source)
    {
        await using var hub = await StartHubAsync();
        hub.IsGated = true;
        var refused = await PullAsync(hub);
        var file = Path.Combine(home.Path, source == "HF_TOKEN_PATH" ? "elsewhere" : "token");
        var environment = new Dictionary<string, string?>();
        if (source != "HF_TOKEN")
        {
            await File.WriteAllTextAsync(file, $"{HubDouble.RightToken}\n", TestContext.Current.CancellationToken);
        }

        if (source.StartsWith("HF", StringComparison.Ordinal))
        {
            environment[source] = source == "HF_TOKEN" ? HubDouble.RightToken : file;
        }

        var pulled = await PullAsync(hub, environment);

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("is gated: accept its terms", refused.Errors, StringComparison.Ordinal);
        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
        Assert.Contains(hub.Questions, question => question.ToStorage);
        Assert.All(hub.Questions.Where(question => question.ToStorage), question => Assert.Null(question.Authorization));
        Assert.DoesNotContain(HubDouble.RightToken, pulled.Output + pulled.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_that_the_hub_does_not_accept_is_named_by_its_place_and_not_shown()
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.FromResult(true);
        };

        var pulled = await PullAsync(hub, new Dictionary<string, string?> { ["HF_TOKEN"] = "hf_an_old_one" });

        Assert.Equal(1, pulled.ExitCode);
        Assert.Contains("the token in HF_TOKEN", pulled.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_an_old_one", pulled.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akidb/another", "has no akidb/another")]
    [InlineData("tiny", "such as sentence-transformers/tiny")]
    [InlineData(Name + "@v9", "has no revision 'v9'")]
    [InlineData("../up", "cannot be a model's name")]
    public async Task Name_that_the_hub_does_not_know_is_not_accepted(string name, string reason)
    {
        await using var hub = await StartHubAsync();

        var pulled = await PullAsync(hub, name: name);

        Assert.Equal(78, pulled.ExitCode);
        Assert.Contains(reason, pulled.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../outside.json")]
    [InlineData("/etc/outside.json")]
    [InlineData("a/../b.json")]
    [InlineData("a\\..\\..\\b.json")]
    public async Task File_that_would_lie_outside_its_folder_is_refused(string path)
    {
        await using var hub = await StartHubAsync(new Dictionary<string, byte[]> { [path] = "{}"u8.ToArray() });

        var pulled = await PullAsync(hub);

        Assert.Equal(1, pulled.ExitCode);
        Assert.Contains("outside the model's folder", pulled.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home.Path));
    }

    [Theory]
    [InlineData("file:///etc/hostname")]
    [InlineData("ftp://hub.invalid/x")]
    [InlineData("//")]
    [InlineData("http://")]
    public async Task Address_that_is_no_servers_is_not_followed(string location)
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = context =>
        {
            context.Response.StatusCode = StatusCodes.Status302Found;
            context.Response.Headers.Location = location;
            return Task.FromResult(true);
        };

        var pulled = await PullAsync(hub);

        AssertRefused(pulled, "The hub");
    }

    [Theory]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [null, {"rfilename": null}, {}]}""", "no weights as safetensors")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "\ud800.json"}]}""", "is no model hub")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": "a\u0000b.json"}]}""", "outside the model's folder")]
    [InlineData("""{"sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [{"rfilename": 7}]}""", "is no model hub")]
    [InlineData("""{"sha": "../../up", "siblings": []}""", "is no model hub")]
    [InlineData("null", "is no model hub")]
    public async Task Listing_of_a_liar_is_refused_with_a_sentence(string listing, string sentence)
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = async context =>
        {
            await context.Response.WriteAsync(listing);
            return true;
        };

        var pulled = await PullAsync(hub);

        AssertRefused(pulled, sentence);
    }

    [Fact]
    public async Task Sizes_of_which_there_is_no_sum_are_refused()
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = context =>
        {
            context.Response.Headers["X-Linked-Etag"] = $"\"{Guid.NewGuid():N}{Guid.NewGuid():N}\"";
            context.Response.Headers["X-Linked-Size"] = "9223372036854775807";
            return Task.FromResult(context.Request.Method == "HEAD");
        };

        var pulled = await PullAsync(hub);

        AssertRefused(pulled, "no hash, or no size");
    }

    [Fact]
    public async Task Server_that_refuses_every_part_is_asked_for_the_whole()
    {
        await using var hub = await StartHubAsync();
        Directory.CreateDirectory(Path.Combine(ModelFolder, "blobs"));
        await File.WriteAllBytesAsync(
            Path.Combine(ModelFolder, "blobs", $"{HubDouble.HashOf(Weights, hub.Content(Weights))}.incomplete"), hub.Content(Weights)[..12_345], TestContext.Current.CancellationToken);
        hub.Misbehave = context =>
        {
            var refuses = context.Request.Headers.ContainsKey("Range");
            context.Response.StatusCode = refuses ? StatusCodes.Status416RangeNotSatisfiable : StatusCodes.Status200OK;
            return Task.FromResult(refuses);
        };

        var pulled = await PullAsync(hub);

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
    }

    [Fact]
    public async Task Nothing_is_asked_offline()
    {
        await using var hub = await StartHubAsync();

        var pulled = await PullAsync(hub, new Dictionary<string, string?> { ["HF_HUB_OFFLINE"] = "1" });

        Assert.Equal(1, pulled.ExitCode);
        Assert.Contains("HF_HUB_OFFLINE is set", pulled.Errors, StringComparison.Ordinal);
        Assert.Empty(hub.Questions);
    }

    [Fact]
    public async Task Proxy_of_the_environment_is_used()
    {
        await using var hub = await StartHubAsync();

        var pulled = await PullAsync(hub, new Dictionary<string, string?> { ["HF_ENDPOINT"] = "http://hub.invalid", ["HTTP_PROXY"] = hub.Address, ["http_proxy"] = hub.Address, ["NO_PROXY"] = null, ["no_proxy"] = null });

        Assert.True(pulled.ExitCode == 0, pulled.Errors);
        AssertWhole(hub);
    }

    [Fact]
    public async Task Two_pulls_at_once_fetch_each_file_once()
    {
        await using var hub = await StartHubAsync();
        var pulled = await Task.WhenAll(PullAsync(hub), PullAsync(hub));

        Assert.All(pulled, run => Assert.True(run.ExitCode == 0, run.Errors));
        AssertWhole(hub);
        Assert.Single(hub.Questions, question => question.ToStorage);
    }

    [Fact]
    public async Task Answer_that_is_no_hubs_is_said_to_be_none()
    {
        await using var hub = await StartHubAsync();
        hub.Misbehave = async context =>
        {
            await context.Response.WriteAsync("<html>Please log in to this network</html>");
            return true;
        };

        var pulled = await PullAsync(hub);

        Assert.Equal(1, pulled.ExitCode);
        Assert.Contains("is no model hub", pulled.Errors, StringComparison.Ordinal);
    }

    private static Task<HubDouble> StartHubAsync(IReadOnlyDictionary<string, byte[]>? more = null) => HubDouble.StartAsync(Name, TestPaths.Model("tiny-bert-cls"), more ?? Unwanted);

    private static void AssertRefused((int ExitCode, string Output, string Errors) pulled, string sentence)
    {
        Assert.Equal(1, pulled.ExitCode);
        Assert.Contains(sentence, pulled.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", pulled.Errors, StringComparison.Ordinal);
    }

    private void AssertWhole(HubDouble hub)
    {
        var expected = Directory.EnumerateFiles(TestPaths.Model("tiny-bert-cls"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(TestPaths.Model("tiny-bert-cls"), file)).Order();
        Assert.Equal(expected, Directory.EnumerateFiles(Snapshot, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Snapshot, file)).Order());
        Assert.All(expected, file => Assert.Equal(hub.Content(file), File.ReadAllBytes(Path.Combine(Snapshot, file))));
    }

    private HostSettings Settings(HubDouble hub, params string[] arguments) => new(arguments)
    {
        Environment = new Dictionary<string, string?>
        {
            ["HF_ENDPOINT"] = hub.Address,
            ["HF_HOME"] = home.Path,
            ["HF_HUB_CACHE"] = null,
            ["HF_TOKEN"] = null,
            ["HUGGING_FACE_HUB_TOKEN"] = null,
            ["HF_TOKEN_PATH"] = null,
            ["HF_HUB_OFFLINE"] = null,
            ["HTTP_PROXY"] = null,
            ["http_proxy"] = null,
            ["ALL_PROXY"] = null,
            ["all_proxy"] = null,
        },
    };

    private async Task<(int ExitCode, string Output, string Errors)> PullAsync(
        HubDouble hub, IReadOnlyDictionary<string, string?>? environment = null, string name = Name, params string[] arguments)
    {
        var settings = Settings(hub, ["pull", name, .. arguments]);
        foreach (var (variable, value) in environment ?? new Dictionary<string, string?>())
        {
            ((Dictionary<string, string?>)settings.Environment)[variable] = value;
        }

        await using var process = BridgeProcess.Start("models", settings);
        var exitCode = await process.WaitForExitAsync(Patience);
        return (exitCode, string.Join('\n', process.Output.Lines), string.Join('\n', process.Errors.Lines));
    }
}
