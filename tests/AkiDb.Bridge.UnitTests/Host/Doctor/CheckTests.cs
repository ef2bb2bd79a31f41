using AkiDb.Bridge.Host.Doctor;
using AkiDb.Bridge.TestData;
using ProcessorKind = System.Runtime.InteropServices.Architecture;

namespace AkiDb.Bridge.UnitTests.Host.Doctor;

/// <summary>The checks that judge facts: each fact that a machine may have.</summary>
public sealed class CheckTests
{
    private static readonly DateTimeOffset Built = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("1970-01-01", "fail")]
    [InlineData("2026-10-20", "fail")]
    [InlineData("2026-10-31", "pass")]
    [InlineData("2027-01-01", "pass")]
    [InlineData("2060-01-01", "fail")]
    public void Clock_before_the_program_was_built_is_wrong(string now, string expected) =>
        AssertResult(expected, ClockCheck.Of(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal), Built));

    [Theory]
    [InlineData("", "pass")]
    [InlineData("HTTP_PROXY=http://proxy.example:3128", "warn")]
    [InlineData("https_proxy=proxy.example:3128;no_proxy=.example, localhost", "pass")]
    [InlineData("ALL_PROXY=http://me:pass@proxy.example;NO_PROXY=*", "pass")]
    [InlineData("HTTP_PROXY=http://", "fail")]
    [InlineData("HTTPS_PROXY=htp://proxy.example:3128", "fail")]
    [InlineData("HTTPS_PROXY=http//proxy.example:3128", "fail")]
    [InlineData("HTTPS_PROXY=http:/proxy.example:3128", "fail")]
    [InlineData("HTTPS_PROXY=socks5://proxy.example:1080/", "warn")]
    public void Proxy_is_not_for_this_machine(string variables, string expected)
    {
        var check = ProxyCheck.Of(Variables(variables));
        AssertResult(expected, check);
        Assert.DoesNotContain("pass@", check.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "warn")]
    [InlineData(1, "fail")]
    public void Folder_that_is_read_only_is_only_in_the_way_of_what_must_be_written(long leastFree, string expected)
    {
        Assert.SkipUnless(Directory.Exists("/proc/sys"), "There is no folder here that nobody can write to.");

        AssertResult(expected, FolderChecks.Writable("a folder", "/proc/sys", leastFree, "Choose another."));
    }

    [Theory]
    [InlineData("", "pass")]
    [InlineData("LANG=C", "pass")]
    [InlineData("LANG=de_DE.UTF-8", "pass")]
    [InlineData("LANG=de_DE.utf8@euro", "pass")]
    [InlineData("LANG=C.UTF-8;LC_ALL=de_DE.ISO-8859-15@euro", "warn")]
    public void Locale_is_UTF_8(string variables, string expected) => AssertResult(expected, LocaleCheck.Of(Variables(variables)));

    [Theory]
    [InlineData("Max open files            64                   524288               files", "fail")]
    [InlineData("Max open files            1023                 524288               files", "warn")]
    [InlineData("Max open files            1024                 524288               files", "pass")]
    [InlineData("Max address space         1073741824           unlimited            bytes", "fail")]
    [InlineData("Max processes             unlimited            unlimited            processes", "pass")]
    public void Limit_is_large_enough(string line, string expected) => AssertResult(expected, Assert.Single(LimitChecks.Of(["Limit  Soft Limit", line])));

    [Theory]
    [InlineData(1, 0, 8, 8, null, "pass")]
    [InlineData(4, 2, 8, 8, null, "pass")]
    [InlineData(4, 3, 8, 8, null, "warn")]
    [InlineData(1, 0, 2, 64, null, "pass")]
    [InlineData(2, 0, 8, 8, "8", "warn")]
    [InlineData(1, 0, 8, 8, "8", "pass")]
    [InlineData(16, 0, 8, 8, null, "warn")]
    public void Threads_fit_the_processors(int workers, int threads, int allowed, int machine, string? omp, string expected) =>
        AssertResult(expected, ThreadCheck.Of(workers, threads, allowed, machine, omp));

    [Theory]
    [InlineData(8, 8, "pass")]
    [InlineData(8, 1, "warn")]
    [InlineData(1, 1, "fail")]
    public void Memory_is_enough(int limit, int available, string expected) => AssertResult(expected, MemoryCheck.Of(600L << 20, workers: 1, (long)limit << 30, (long)available << 30));

    [Fact]
    public void Available_memory_is_what_the_machine_has_left_within_the_limit()
    {
        string[] memInfo = ["MemTotal:       65000000 kB", "MemAvailable:    4194304 kB"];
        Assert.Equal((4L << 30, 1L << 30, 7), (MemoryCheck.Available(memInfo, 8L << 30), MemoryCheck.Available(memInfo, 1L << 30), MemoryCheck.Available([], 7)));
    }

    [Theory]
    [InlineData(ProcessorKind.X64, false, "warn")]
    [InlineData(ProcessorKind.X64, true, "pass")]
    [InlineData(ProcessorKind.Arm64, false, "pass")]
    public void Processor_has_vector_instructions(ProcessorKind architecture, bool hasAvx2, string expected) => AssertResult(expected, InstructionSetCheck.Of(architecture, hasAvx2, hasAvx512: false));

    [Theory]
    [InlineData(true, "warn")]
    [InlineData(false, "pass")]
    public void Slow_BLAS_is_said(bool isSlow, string expected) => AssertResult(expected, BlasCheck.Of(new TorchBuild(null, 0, "BLAS", "/usr/lib/libblas.so.3", isSlow)));

    [Theory]
    [InlineData(null, 0, 0, "auto", "pass")]
    [InlineData(null, 0, 2, "auto", "warn")]
    [InlineData("12.4", 2, 2, "auto", "pass")]
    [InlineData("12.4", 0, 2, "cuda:0", "fail")]
    [InlineData(null, 0, 0, "cuda", "fail")]
    public void Gpu_is_of_use_to_torch(string? build, int usable, int gpus, string device, string expected) =>
        AssertResult(expected, GpuCheck.Of(Report(cuda: build, devices: usable), gpus, device));

    [Theory]
    [InlineData(null, "", null, "fail")]
    [InlineData("1.0", "/site/torch/__init__.py", null, "pass")]
    [InlineData("1.0", "/site/torch/__init__.py", "OSError: libcudart.so.12", "fail")]
    [InlineData("unknown", "/home/me/torch.py", null, "fail")]
    [InlineData("1.0", "/home/me/.local/torch/__init__.py;/site/torch/__init__.py", null, "warn")]
    public void Package_is_there_once_and_whole(string? version, string places, string? error, string expected) =>
        AssertResult(expected, Assert.Single(PackageChecks.Of(Report(package: new PythonPackage("torch", version, places.Split(';', StringSplitOptions.RemoveEmptyEntries), error)))));

    [Fact]
    public void Socket_of_a_listener_is_found_by_its_port()
    {
        const string Listener = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0";
        Assert.Equal("4242", PortOwner.InodeOf(Listener, 8080));
        Assert.Null(PortOwner.InodeOf(Listener, 8081));
        Assert.Null(PortOwner.InodeOf(Listener.Replace(" 0A ", " 01 ", StringComparison.Ordinal), 8080));
        Assert.Null(PortOwner.InodeOf("  sl  local_address rem_address   st tx_queue", 8080));
    }

    [Fact]
    public void Known_vector_is_the_references()
    {
        var reference = ReferenceAnswers.Vectors("all-MiniLM-L6-v2").AsSpan();
        Assert.Equal(KnownVector.Text, ReferenceAnswers.Texts[0].Text);
        Assert.Equal(1, KnownVector.CosineWith(reference[..384]), precision: 6);
        Assert.InRange(KnownVector.CosineWith(reference[384..768]), -1, 0.9);
        Assert.Equal(0, KnownVector.CosineWith(reference[..96]));
    }

    [Fact]
    public void Secrets_are_removed_wherever_they_stand()
    {
        var redaction = new Redaction(
            [new("HF_TOKEN", "hf_abcdef"), new("HTTPS_PROXY", "http://me%40x:p%40ss@proxy.example:1"), new("Bridge:Http:ApiKeys:0", "k-1234"), new("LANG", "C.UTF-8"), new("A_KEY", "abc")], "/home/me");

        Assert.Equal(
            "It said [removed] and [removed] and [removed] in ~/x with C.UTF-8, abc stays.", redaction.Of("It said hf_abcdef and p@ss and k-1234 in /home/me/x with C.UTF-8, abc stays."));
    }

    private static void AssertResult(string expected, Check check)
    {
        Assert.Equal(expected, check.Result.ToString().ToLowerInvariant());
        Assert.Equal(check.Result != CheckResult.Pass, check.Remedy is not null);
    }

    private static Func<string, string?> Variables(string text)
    {
        var set = text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return name => set.GetValueOrDefault(name);
    }

    private static PythonReport Report(string? cuda = null, int devices = 0, PythonPackage? package = null) => new()
    {
        Executable = "/usr/bin/python3",
        Version = "3.11.2",
        Is64Bit = true,
        Prefix = "/usr",
        BasePrefix = "/usr",
        Packages = package is null ? [] : [package],
        Torch = new TorchBuild(cuda, devices, "OpenBLAS", null, false),
    };
}
