using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge doctor</c> on set-ups that are broken in one way each: it names the true cause, and a remedy.</summary>
public sealed class DoctorTests : IDisposable
{
    // Torch is imported twice, and engines are started; only a program that hangs takes longer.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string[] Shape = ["name", "result", "detail", "remedy"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Healthy_set_up_passes_and_both_engines_give_the_known_vector()
    {
        Python.Require();

        var (exitCode, checks) = await ExamineAsync(new HostSettings());

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain(checks, check => check.GetProperty("result").GetString() == "fail");
        Assert.All((string[])["in-process engine", "worker"], engine => Assert.Contains("its vector is the known one", Named(checks, engine).GetProperty("detail").GetString(), StringComparison.Ordinal));
        Assert.All(checks, check => Assert.Equal(Shape, check.EnumerateObject().Select(member => member.Name)));
    }

    [Fact]
    public Task Python_that_does_not_exist() => AssertFailsAsync(
        new HostSettings("--python", "/nowhere/python3"), "python", "'/nowhere/python3' does not exist", "AKIDB_EMBEDDING_PYTHON_PATH");

    [Fact]
    public async Task Virtual_environment_whose_Python_was_removed()
    {
        using var environment = new PythonEnvironment();
        environment.LosePython();
        await AssertFailsAsync(
            new HostSettings("--python", environment.Root), "python", "the virtual environment's Python was removed", $"python3 -m venv --clear '{environment.Root}'");
    }

    [Fact]
    public async Task Reference_BLAS_that_comes_before_a_fast_one()
    {
        var blas = Directory.GetDirectories("/usr/lib").Select(folder => Path.Combine(folder, "blas")).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "libblas.so.3")));
        Assert.SkipWhen(blas is null || !Python.UsesSystemsBlas, "The reference BLAS is not installed (Debian's libblas3), or torch brings its own along.");
        await AssertAsync(
            new HostSettings() { Environment = new Dictionary<string, string?> { ["LD_LIBRARY_PATH"] = blas } }, "BLAS", "warn", $"with the reference BLAS, {blas}", "LD_LIBRARY_PATH");
    }

    [Fact]
    public Task Shim_of_a_version_manager() => AssertFailsAsync(
        new HostSettings("--python", Script("echo \"pyenv: version '3.9.1' is not installed (set by /home/me/.python-version)\" >&2; exit 127")),
        "python starts", "is the shim of a version manager", "pyenv which python3");

    [Fact]
    public Task Stub_of_the_Windows_store() => AssertFailsAsync(
        new HostSettings("--python", Script("echo 'Python was not found; run without arguments to install from the Microsoft Store' >&2; exit 9")),
        "python starts", "it is Windows' stub", "execution aliases");

    [Fact]
    public Task Script_that_talks_before_it_starts_Python()
    {
        Python.Require();
        return AssertFailsAsync(
            new HostSettings("--python", Script($"echo loading modules; exec '{Python.WithTorch}' \"$@\"")), "python starts", "writes to standard output before Python begins, where a worker's answers belong: loading modules", "standard error");
    }

    [Fact]
    public Task Script_that_is_no_Python() => AssertFailsAsync(
        new HostSettings("--python", Script("echo nonsense; exit 3")), "python starts", "It ended with exit code 3, and its last words are: nonsense", "AKIDB_EMBEDDING_PYTHON_PATH");

    [Fact]
    public async Task File_that_cannot_be_executed()
    {
        var file = Path.Combine(folder.Path, "python3");
        await File.WriteAllTextAsync(file, "text", TestContext.Current.CancellationToken);
        await AssertFailsAsync(new HostSettings("--python", file), "python starts", "could not be started", "AKIDB_EMBEDDING_PYTHON_PATH");
    }

    [Fact]
    public Task Python_without_torch()
    {
        Assert.SkipWhen(Python.WithoutTorch is null, "Every Python on this machine has torch.");
        return AssertFailsAsync(new HostSettings("--python", Python.WithoutTorch!), "torch", "has no module 'torch'", "-m pip install torch");
    }

    [Fact]
    public async Task Package_that_is_installed_and_cannot_be_imported()
    {
        using var environment = new PythonEnvironment();
        environment.Plant("numpy/__init__.py", "raise ImportError('libcblas.so.3: cannot open shared object file')");
        await AssertFailsAsync(new HostSettings("--python", environment.Root), "numpy", "cannot be imported: ImportError: libcblas.so.3: cannot open", "--force-reinstall numpy");
    }

    [Fact]
    public async Task File_that_is_taken_for_a_package()
    {
        using var environment = new PythonEnvironment();
        var file = environment.Plant("msgpack.py", "");
        await AssertFailsAsync(new HostSettings("--python", environment.Root), "msgpack", $"The file {file} is taken for msgpack", "Rename it");
    }

    [Fact]
    public async Task Module_beside_the_workers_package()
    {
        using var program = new ProgramCopy();
        var python = program.OwnFolder("python");
        await File.WriteAllTextAsync(Path.Combine(python, "queue.py"), "", TestContext.Current.CancellationToken);
        await AssertFailsAsync(new HostSettings("--python", "/nowhere") { Program = program.Executable }, "worker's package", "lies queue.py: Python takes it before its own", "Move it elsewhere");
    }

    [Fact]
    public async Task Program_without_its_native_library()
    {
        using var program = new ProgramCopy().WithoutOnnxRuntime();
        await AssertFailsAsync(Onnx() with { Program = program.Executable }, "ONNX Runtime", "cannot be loaded", "Install the program again");
    }

    [Fact]
    public Task Model_that_is_nowhere() => AssertFailsAsync(Onnx("--model", "akidb/nowhere"), "model", "'akidb/nowhere' was not found", "akidb-bridge models pull");

    [Fact]
    public async Task Download_that_ended_half_way()
    {
        var blobs = Directory.CreateDirectory(Path.Combine(folder.Path, "hub", "models--akidb--half", "blobs")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(blobs, $"{new string('a', 64)}.incomplete"), new byte[3 << 20], TestContext.Current.CancellationToken);
        await AssertFailsAsync(InCache("akidb/half"), "model", "A download of akidb/half has ended half-way: 1 of its files are incomplete", "akidb-bridge models pull akidb/half");
    }

    [Fact]
    public async Task Snapshot_with_a_link_that_leads_nowhere()
    {
        var model = Path.Combine(folder.Path, "hub", "models--akidb--links");
        var snapshot = Directory.CreateDirectory(Path.Combine(model, "snapshots", "abc")).FullName;
        Directory.CreateDirectory(Path.Combine(model, "refs"));
        await File.WriteAllTextAsync(Path.Combine(model, "refs", "main"), "abc", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(snapshot, "config.json"), "{}", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors"), "../../blobs/gone");
        await AssertFailsAsync(InCache("akidb/links"), "model", Path.Combine("blobs", "gone") + ", which does not exist", "akidb-bridge models pull akidb/links");
    }

    [Fact]
    public async Task Weights_that_were_cut_off()
    {
        using var model = new ModelFolderCopy("tiny-bert-cls");
        model.Truncate("model.safetensors", 100_000);
        await AssertFailsAsync(Onnx("--model", model.Folder), "model", "model.safetensors", "Copy the model's folder again");
    }

    [Fact]
    public async Task Port_that_another_program_listens_on()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var me = $"process {Environment.ProcessId}";
        await AssertFailsAsync(Onnx() with { Arguments = ["--provider", "onnx", "--port", port.ToString(CultureInfo.InvariantCulture)] }, "port", $"is taken by {me}", "--port");
    }

    [Theory]
    [InlineData("Bridge:Http:CertificateFile, CertificateKeyFile or ClientCaFile cannot be used", "Http:CertificateFile=/nowhere.pem")]
    [InlineData("cannot be read from its KeyFile '/nowhere'", "Http:ApiKeys:0:KeyFile=/nowhere")]
    [InlineData("there is no key: everybody could come in", "Http:Host=0.0.0.0")]
    public Task Server_that_would_not_start_for_its_keys_or_its_certificate(string cause, string value) => AssertFailsAsync(Onnx("--set", value), "access", cause, "'akidb-bridge serve' does not start");

    [Fact]
    public async Task Processor_is_judged_by_what_it_has_and_not_by_what_the_program_uses()
    {
        Assert.SkipUnless(File.Exists("/proc/cpuinfo") && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "Only Linux on x64 lists the processor's instructions.");
        var flags = File.ReadLines("/proc/cpuinfo").First(line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');

        var (_, checks) = await ExamineAsync(Onnx("--set", "Worker:Threads=many"));

        Assert.Equal(flags.Contains("avx2") && flags.Contains("fma") ? "pass" : "warn", Named(checks, "processor").GetProperty("result").GetString());
        Assert.Equal(flags.Contains("avx512f"), Named(checks, "processor").GetProperty("detail").GetString()!.Contains("AVX-512", StringComparison.Ordinal));
    }

    [Fact]
    public Task Model_that_is_a_file() => AssertFailsAsync(Onnx("--model", "/etc/hostname"), "model", "/etc/hostname: is a file, and a model is a folder", "--model");

    [Fact]
    public Task Value_that_is_not_accepted() => AssertFailsAsync(Onnx("--set", "Worker:Threads=many"), "configuration", "many", "Correct it where it was given");

    [Fact]
    public async Task Temporary_folder_that_does_not_exist()
    {
        var missing = Path.Combine(folder.Path, "missing");
        await AssertFailsAsync(Onnx() with { Environment = new Dictionary<string, string?> { ["TMPDIR"] = missing } }, "temporary files", "does not exist", "TMPDIR");
    }

    [Fact]
    public async Task Model_cache_in_whose_place_is_a_file()
    {
        var file = Path.Combine(folder.Path, "cache");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        await AssertFailsAsync(Onnx() with { Environment = new Dictionary<string, string?> { ["HF_HOME"] = file, ["HF_HUB_CACHE"] = null } }, "model cache", $"{file} is no folder", "HF_HOME");
    }

    [Fact]
    public async Task Few_open_files()
    {
        using var limited = new LimitedProgram("ulimit -n 512");
        await AssertAsync(Onnx() with { Program = limited.Path }, "open files", "warn", "The limit is 512", "ulimit -n");
    }

    [Fact]
    public Task More_threads_than_processors() => AssertAsync(Onnx("--set", "Worker:Threads=512"), "threads", "warn", "with 512 threads each are more than there are processors", "Worker:Threads");

    [Fact]
    public Task Proxy_that_comes_between_programs_on_this_machine() => AssertAsync(
        Onnx() with { Environment = new Dictionary<string, string?> { ["HTTP_PROXY"] = "http://proxy.example:3128", ["NO_PROXY"] = null, ["no_proxy"] = null } },
        "proxy", "warn", "HTTP_PROXY would also be used for addresses of this machine", "NO_PROXY=localhost");

    [Fact]
    public Task Locale_that_is_not_UTF_8() => AssertAsync(
        Onnx() with { Environment = new Dictionary<string, string?> { ["LC_ALL"] = "de_DE.ISO-8859-1" } }, "locale", "warn", "LC_ALL=de_DE.ISO-8859-1 is not UTF-8", "LC_ALL=C.UTF-8");

    [Fact]
    public async Task Report_has_every_check_and_no_secret()
    {
        string[] canaries = ["hf_canary_1", "canary-pass-2", "canary-key-3", "canary-key-4", "canary-db-5"];
        var report = Path.Combine(folder.Path, "report.json");

        // What others say may hold a secret too.
        var settings = new HostSettings("--report", report, "--set", $"Http:ApiKeys:1={canaries[3]}", "--python", Script($"echo 'pyenv: {canaries[0]} and {canaries[1]}'; exit 1"), "--port", "0")
        {
            Environment = new Dictionary<string, string?>
            {
                ["HF_TOKEN"] = canaries[0],
                ["HTTPS_PROXY"] = $"http://me:{canaries[1]}@127.0.0.1:9",
                ["AKIDB_BRIDGE__HTTP__APIKEYS__0"] = canaries[2],
                ["DATABASE_URL"] = $"postgres://me:{canaries[4]}@db.example/x",
            },
        };

        var (_, checks) = await ExamineAsync(settings);

        var text = await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken);
        Assert.All(canaries, canary => Assert.DoesNotContain(canary, text, StringComparison.Ordinal));
        Assert.Contains("[removed]", text, StringComparison.Ordinal);
        var written = JsonElement.Parse(text);
        Assert.Equal(checks.Select(check => check.GetProperty("name").GetString()), written.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()));
        Assert.Contains("HF_TOKEN", written.GetProperty("variables").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public async Task Report_that_cannot_be_written_is_refused_before_anything_is_examined()
    {
        await using var process = BridgeProcess.Start("doctor", new HostSettings("--report", folder.Path));

        Assert.Equal(78, await process.WaitForExitAsync());
        Assert.Contains($"--report {folder.Path} cannot be written", process.Errors.Tail(), StringComparison.Ordinal);
        Assert.Empty(process.Output.Lines);
    }

    private static HostSettings Onnx(params string[] arguments) => new(["--provider", "onnx", "--port", "0", .. arguments]);

    private HostSettings InCache(string model) => Onnx("--model", model) with { Environment = new Dictionary<string, string?> { ["HF_HOME"] = folder.Path, ["HF_HUB_CACHE"] = null } };

    private string Script(string content)
    {
        var path = Path.Combine(folder.Path, "python3");
        File.WriteAllText(path, $"#!/bin/sh\n{content}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static Task AssertFailsAsync(HostSettings settings, string name, string cause, string remedy) => AssertAsync(settings, name, "fail", cause, remedy);

    private static async Task AssertAsync(HostSettings settings, string name, string result, string cause, string remedy)
    {
        var (exitCode, checks) = await ExamineAsync(settings);

        var check = Named(checks, name);
        Assert.Equal(result, check.GetProperty("result").GetString());
        Assert.Contains(cause, check.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(remedy, check.GetProperty("remedy").GetString(), StringComparison.Ordinal);
        Assert.Equal(checks.Any(one => one.GetProperty("result").GetString() == "fail") ? 1 : 0, exitCode);
    }

    private static JsonElement Named(IReadOnlyList<JsonElement> checks, string name) =>
        Assert.Single(checks, check => check.GetProperty("name").GetString() == name);

    private static async Task<(int ExitCode, IReadOnlyList<JsonElement> Checks)> ExamineAsync(HostSettings settings)
    {
        await using var process = BridgeProcess.Start("doctor", settings with { Arguments = ["--json", .. settings.Arguments] });
        var exitCode = await process.WaitForExitAsync(Patience);
        Assert.Empty(process.Errors.Lines);
        return (exitCode, [.. JsonElement.Parse(string.Join('\n', process.Output.Lines)).GetProperty("checks").EnumerateArray()]);
    }
}
