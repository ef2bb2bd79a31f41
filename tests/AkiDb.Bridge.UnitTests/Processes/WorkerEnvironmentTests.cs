using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class WorkerEnvironmentTests
{
    private const string Intel512 = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx2 fma avx512f avx512dq avx512bw avx512vl avx512cd\n";

    [Fact]
    public void Defaults_are_set()
    {
        var variables = WorkerEnvironment.Build(4, [], null, "");

        Assert.Equal("passive", variables["OMP_WAIT_POLICY"]);
        Assert.Equal("4", variables["OMP_NUM_THREADS"]);
        Assert.Equal("22", variables["OPENBLAS_THREAD_TIMEOUT"]);
        Assert.Equal("1", variables["HF_HUB_OFFLINE"]);
        Assert.Equal("0", variables["JOBLIB_MULTIPROCESSING"]);
        Assert.True(Directory.Exists(variables["TORCHINDUCTOR_CACHE_DIR"]));
        Assert.DoesNotContain("OPENBLAS_CORETYPE", variables.Keys);
    }

    [Fact]
    public void Users_own_settings_win()
    {
        var variables = WorkerEnvironment.Build(4, new() { ["OMP_NUM_THREADS"] = "7", ["OPENBLAS_CORETYPE"] = "Zen" }, null, Intel512);

        Assert.Equal("7", variables["OMP_NUM_THREADS"]);
        Assert.Equal("Zen", variables["OPENBLAS_CORETYPE"]);
        Assert.Contains("OMP_WAIT_POLICY", variables.Keys);
    }

    [Theory]
    [InlineData(Intel512, "SkylakeX")]
    [InlineData("vendor_id\t: GenuineIntel\nflags\t\t: fpu avx2 fma avx512f\n", "Haswell")]
    [InlineData("vendor_id\t: GenuineIntel\nflags\t\t: fpu sse4_2\n", null)]
    [InlineData("vendor_id\t: GenuineIntel\n", null)]
    [InlineData("vendor_id\t: AuthenticAMD\nflags\t\t: avx2 fma avx512f avx512dq avx512bw avx512vl avx512cd\n", null)]
    [InlineData("processor\t: 0\nBogoMIPS\t: 50\n", null)]
    public void Core_type_is_never_one_that_the_processor_lacks(string cpuInfo, string? expected) =>
        Assert.Equal(expected, WorkerEnvironment.Build(1, [], null, cpuInfo).GetValueOrDefault("OPENBLAS_CORETYPE"));

    [Fact]
    public void PythonPath_is_handed_over_under_a_name_that_Python_does_not_know_and_without_the_current_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are Unix paths.");
        var variables = WorkerEnvironment.Build(1, [], ":/opt/a:relative:.:/opt/b", "");

        Assert.Equal("/opt/a:/opt/b", variables["AKIDB_WORKER_PYTHONPATH"]);
        Assert.DoesNotContain("PYTHONPATH", variables.Keys);
    }

    [Fact]
    public void Environment_instead_of_the_hosts_removes_whatever_it_does_not_have()
    {
        var changes = WorkerEnvironment.InsteadOfTheHosts(new Dictionary<string, string?> { ["PATH"] = "/bin" });

        Assert.Equal("/bin", changes["PATH"]);
        Assert.True(changes.Count > 1);
        Assert.All(changes.Where(change => change.Key != "PATH"), change => Assert.Null(change.Value));
    }
}
