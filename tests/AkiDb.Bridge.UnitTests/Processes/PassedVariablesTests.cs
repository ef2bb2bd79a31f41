using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class PassedVariablesTests
{
    [Theory]
    [InlineData("PATH")]
    [InlineData("HOME")]
    [InlineData("LC_ALL")]
    [InlineData("LD_LIBRARY_PATH")]
    [InlineData("CONDA_PREFIX")]
    [InlineData("CUDA_VISIBLE_DEVICES")]
    [InlineData("OMP_NUM_THREADS")]
    [InlineData("TOKENIZERS_PARALLELISM")]
    [InlineData("AKIDB_WORKER_FAULTS")]
    public void What_workers_need_is_passed_on(string name) => Assert.True(PassedVariables.IsForWorkers(name));

    [Theory]
    [InlineData("HF_TOKEN")]
    [InlineData("AWS_SECRET_ACCESS_KEY")]
    [InlineData("AWS_PROFILE")]
    [InlineData("AKIDB_BRIDGE__HTTP__APIKEY")]
    [InlineData("NVIDIA_API_KEY")]
    [InlineData("TORCH_SERVE_TOKEN")]
    [InlineData("CONDA_PASSWORD")]
    [InlineData("HTTP_PROXY")]
    [InlineData("DATABASE_URL")]
    [InlineData("PYTHONPATH")]
    [InlineData("PYTHONHOME")]
    [InlineData("PYTHONSAFEPATH")]
    [InlineData("PYTHONSTARTUP")]
    public void What_workers_do_not_need_stays_with_the_host(string name) => Assert.False(PassedVariables.IsForWorkers(name));
}
