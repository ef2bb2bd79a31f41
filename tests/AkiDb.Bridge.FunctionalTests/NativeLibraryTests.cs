using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The native library, as programs in C and in Python use it (<c>tests/native</c>).</summary>
public sealed class NativeLibraryTests : IDisposable
{
    private readonly NativeLibrary library = new();

    /// <summary>What every function does with what it may be given: the cases of <c>border.c</c>.</summary>
    public static TheoryData<string> BorderCases =>
    [
        "results_hold_what_was_asked_for", "null_and_stale_handles_are_errors", "null_pointers_are_errors", "wrong_requests_are_the_bridges_own_errors",
        "wrong_configurations_are_told", "callbacks_may_call_back_in", "cancelled_calls_end_soon", "many_threads_get_their_own_vectors",
        "destroy_ends_the_calls_that_run", "drain_lets_the_calls_end", "the_log_is_heard_and_may_not_destroy",
    ];

    /// <summary>What a host may do: the cases of <c>hosts.c</c> that need no workers.</summary>
    public static TheoryData<string> HostCases =>
    [
        "bridges_are_created_by_many_threads_at_once", "a_thread_may_have_a_small_stack", "system_calls_may_be_interrupted",
        "vectors_have_the_same_bits_however_the_host_rounds", "a_host_may_exit_while_calls_run", "a_host_may_exit_while_an_engine_loads",
        "a_forked_child_may_end", "callbacks_may_wait_for_other_calls", "calls_may_be_cancelled_at_any_time_and_twice",
        "faults_of_the_host_are_its_own", "limits_and_attributes_stay_the_hosts",
    ];

    /// <summary>What it may not change of its host's process: the cases of <c>guest.c</c> that need workers.</summary>
    public static TheoryData<string> GuestCases =>
    [
        "nothing_is_started_before_create", "signals_are_not_delivered_to_the_librarys_threads", "handlers_folder_and_children_stay_the_hosts",
        "workers_that_die_do_not_take_the_host_with_them", "a_host_may_reap_every_child",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Small, and computed in-process.
    private static string TinyInProcess => JsonSerializer.Serialize(new { Provider = "onnx", Model = TestPaths.Model("tiny-bert-cls") });

    private static string TinyWorkers => JsonSerializer.Serialize(new
    {
        Model = TestPaths.Model("tiny-bert-cls"),
        Worker = new { PythonPath = Python.WithTorch },
        Supervision = new { BackOffBase = "10ms", QuarantineAfter = 1000 },
    });

    /// <inheritdoc/>
    public void Dispose() => library.Dispose();

    [Theory]
    [MemberData(nameof(BorderCases))]
    public async Task Border_holds(string name) => await RunAsync(await library.CompileAsync("border"), name, TinyInProcess);

    [Theory]
    [MemberData(nameof(BorderCases))]
    public async Task Border_holds_under_AddressSanitizer(string name) =>
        await RunAsync(await library.CompileAsync("border", "-fsanitize=address"), name, TinyInProcess, Sanitizer);

    [Theory]
    [MemberData(nameof(GuestCases))]
    public async Task Guest_leaves_its_host_alone(string name)
    {
        Python.Require();
        var run = await RunAsync(await library.CompileAsync("guest"), name, TinyWorkers);
        Assert.Empty(run.Output);
    }

    [Theory]
    [MemberData(nameof(HostCases))]
    public async Task Host_may_be_unlike_others(string name) => await RunAsync(await library.CompileAsync("hosts"), name, TinyInProcess);

    [Fact]
    public async Task Host_may_have_closed_its_standard_streams()
    {
        Python.Require();
        await RunAsync(await library.CompileAsync("hosts"), "standard_streams_may_be_closed", TinyWorkers);
    }

    [Theory]
    [InlineData("creating_and_destroying_leaves_nothing", "mock")]
    [InlineData("creating_and_destroying_leaves_nothing_in_use", "onnx")]
    public async Task Guest_leaves_nothing_behind_after_many_rounds_of_create_and_destroy(string name, string provider)
    {
        var rounds = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AKIDB_TEST_LONG")) ? "250" : "1000";
        var configuration = JsonSerializer.Serialize(new { Provider = provider, Model = TestPaths.Model("tiny-bert-cls") });
        using var home = new TemporaryFolder();
        var run = await RunAsync(await library.CompileAsync("guest"), name, configuration, new Dictionary<string, string> { ["AKIDB_ROUNDS"] = rounds, ["HOME"] = home.Path });
        TestContext.Current.SendDiagnosticMessage(run.OutputText);
        Assert.Empty(Directory.EnumerateFileSystemEntries(home.Path));
    }

    [Fact]
    public async Task Program_in_C_gets_all_reference_vectors_bit_for_bit()
    {
        var run = await NativeLibrary.RunAsync(await library.CompileAsync("reference"), ["all_reference_texts", """{"Provider": "onnx"}"""], Input());
        await CheckAsync(run!.Succeeded().Floats);
    }

    [Fact]
    public async Task Program_in_C_gets_all_reference_vectors_under_AddressSanitizer()
    {
        var run = await NativeLibrary.RunAsync(
            await library.CompileAsync("reference", "-fsanitize=address"), ["all_reference_texts", """{"Provider": "onnx"}"""], Input(), Sanitizer);
        await CheckAsync(run!.Succeeded().Floats);
    }

    [Fact]
    public async Task Python_gets_all_reference_vectors_bit_for_bit_through_ctypes()
    {
        var file = Path.Combine(NativeLibrary.Require(), "libakidb_bridge.so");
        Assert.SkipWhen(Python.WithTorch is null && Python.WithoutTorch is null, "There is no Python here.");
        var run = await NativeLibrary.RunAsync(
            (Python.WithTorch ?? Python.WithoutTorch)!, [NativeLibrary.Source("bridge_ctypes.py"), file, """{"Provider": "onnx"}"""], Input());
        await CheckAsync(run!.Succeeded().Floats);
    }

    [Fact]
    public async Task Program_in_Rust_gets_all_reference_vectors_bit_for_bit()
    {
        var run = await NativeLibrary.RunAsync(await library.BuildExampleAsync("rows"), ["""{"Provider": "onnx"}"""], Input(), NativeLibrary.SearchPath);
        await CheckAsync(run!.Succeeded().Floats);
    }

    [Fact]
    public async Task Provider_of_AkiDB_answers_as_its_trait_asks()
    {
        Python.Require();
        var run = await NativeLibrary.RunAsync(await library.BuildExampleAsync("akidb_provider"), [], environment: NativeLibrary.SearchPath);
        Assert.Contains("384 dimensions, at most 256 tokens", run!.Succeeded().OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_status_and_health_are_what_the_HTTP_routes_answer()
    {
        var run = await RunAsync(await library.CompileAsync("border"), "models_status_and_health_are_json", TinyInProcess);
        var lines = run.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToArray();
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")));
        await host.ReadinessAsync(health => health.Status == "ready", "the host is as ready as the library was");
        foreach (var (line, route) in lines.Zip(["/api/v1/models", "/api/v1/status", "/readyz"]))
        {
            var answer = JsonElement.Parse(await host.Client.GetStringAsync(new Uri(route, UriKind.Relative), Token));
            Assert.Equal(answer.EnumerateObject().Select(member => member.Name), line.EnumerateObject().Select(member => member.Name));
        }
    }

    [Fact]
    public async Task Environment_of_the_host_is_its_own_unless_the_configuration_says_otherwise()
    {
        var program = await library.CompileAsync("border");
        var hostile = new Dictionary<string, string>
        {
            ["AKIDB_EMBEDDING_MODEL"] = "nobody/has-this",
            ["AKIDB_EMBEDDING_PROVIDER"] = "nothing",
            ["AKIDB_BRIDGE__WORKER__THREADS"] = "many",
        };
        await RunAsync(program, "models_status_and_health_are_json", TinyInProcess, hostile);

        var whole = $$"""{"UseEnvironment": true, "Bridge": {{TinyInProcess}}}""";
        var run = await NativeLibrary.RunAsync(program, ["models_status_and_health_are_json", whole], environment: hostile);
        Assert.Equal(1, run!.ExitCode);
        Assert.Contains("Bridge:Provider is 'nothing'", run.Errors, StringComparison.Ordinal);
        Assert.Contains("Bridge:Worker:Threads", run.Errors, StringComparison.OrdinalIgnoreCase);
    }

    private static Dictionary<string, string> Sanitizer => new()
    {
        ["LSAN_OPTIONS"] = $"suppressions={NativeLibrary.Source("lsan.supp")}:print_suppressions=0",
        ["ASAN_OPTIONS"] = "detect_leaks=1",
    };

    private static async Task<ProgramRun> RunAsync(string program, string name, string configuration, IReadOnlyDictionary<string, string>? environment = null)
    {
        var run = (await NativeLibrary.RunAsync(program, [name, configuration], environment: environment))!.Succeeded();
        Assert.Equal("", run.Errors);
        return run;
    }

    private static byte[] Input()
    {
        using var input = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(uint)];
        foreach (var text in Reference.Texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)bytes.Length);
            input.Write(length);
            input.Write(bytes);
        }

        return input.ToArray();
    }

    // The library's own vectors, computed one text a request, bit for bit; and within the bounds of the reference.
    private static async Task CheckAsync(float[] actual)
    {
        float[][] vectors = [.. actual.Chunk(Reference.MiniLM.Dimension)];
        Reference.MiniLM.Check(vectors, Reference.MiniLM.All);
        await LibraryVectors.CheckAsync(vectors);
    }
}
