using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class WorkerEnvironmentTests
{
    private const string Intel512 = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx2 fma avx512f avx512dq avx512bw avx512vl avx512cd\n";

    [Fact]
    public void Defaults_are_set()
    {
        var variables = WorkerEnvironment.Build(4, _ => false, "");

        Assert.Equal("passive", variables["OMP_WAIT_POLICY"]);
        Assert.Equal("4", variables["OMP_NUM_THREADS"]);
        Assert.Equal("22", variables["OPENBLAS_THREAD_TIMEOUT"]);
        Assert.Equal("1", variables["HF_HUB_OFFLINE"]);
        Assert.DoesNotContain("OPENBLAS_CORETYPE", variables.Keys);
    }

    [Fact]
    public void Users_own_settings_win()
    {
        var variables = WorkerEnvironment.Build(4, name => name is "OMP_NUM_THREADS" or "OPENBLAS_CORETYPE", Intel512);

        Assert.DoesNotContain("OMP_NUM_THREADS", variables.Keys);
        Assert.DoesNotContain("OPENBLAS_CORETYPE", variables.Keys);
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
        Assert.Equal(expected, WorkerEnvironment.Build(1, _ => false, cpuInfo).GetValueOrDefault("OPENBLAS_CORETYPE"));
}
