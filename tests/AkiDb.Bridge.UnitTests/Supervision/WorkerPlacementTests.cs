using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class WorkerPlacementTests
{
    [Theory]
    [InlineData(null, "auto", null, 0, 1)]
    [InlineData(null, "auto", null, 4, 4)]
    [InlineData(null, "cuda", "2,3", 4, 2)]
    [InlineData(null, "auto", "GPU-1234, GPU-5678", 4, 2)]
    [InlineData(null, "auto", "", 4, 1)]
    [InlineData(null, "auto", "-1", 4, 1)]
    [InlineData(null, "cpu", null, 4, 1)]
    [InlineData(null, "cuda:1", null, 4, 1)]
    [InlineData(3, "auto", null, 0, 3)]
    [InlineData(3, "auto", null, 2, 3)]
    public void One_worker_for_each_gpu_that_may_be_used_else_one(int? wanted, string device, string? visible, int gpus, int expected) =>
        Assert.Equal(expected, WorkerPlacement.Plan(wanted, device, visible, gpus).Count);

    [Fact]
    public void Every_worker_sees_its_own_gpu()
    {
        var placement = WorkerPlacement.Plan(3, "auto", "4,GPU-7", 8);

        Assert.Equal(["4", "GPU-7", "4"], Enumerable.Range(0, 3).Select(slot => Assert.Single(placement.EnvironmentOf(slot)).Value));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("2", 8)]
    [InlineData("", 8)]
    public void With_one_gpu_or_none_the_environment_is_left_alone(string? visible, int gpus) =>
        Assert.Empty(WorkerPlacement.Plan(2, "auto", visible, gpus).EnvironmentOf(1));
}
