using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class FallbackModelPolicyTests
{
    [Theory]
    [InlineData(FallbackPolicy.Off, EnginePreference.Workers, false)]
    [InlineData(FallbackPolicy.SameSpace, EnginePreference.Workers, true)]
    [InlineData(FallbackPolicy.Any, EnginePreference.Workers, true)]
    [InlineData(FallbackPolicy.Off, EnginePreference.InProcess, true)]
    [InlineData(FallbackPolicy.Off, EnginePreference.Fastest, true)]
    public void In_process_engine_is_a_fallback_only_where_workers_are_preferred(FallbackPolicy policy, EnginePreference prefer, bool allowed) =>
        Assert.Equal(allowed, FallbackModelPolicy.AllowsInProcess(policy, new DispatchOptions { Prefer = prefer }));

    [Fact]
    public void Another_model_answers_only_where_the_policy_says_any_and_engines_have_failed()
    {
        BridgeErrorKind[] failures = [BridgeErrorKind.NoEngine, BridgeErrorKind.EngineFault, BridgeErrorKind.OutOfMemory];

        foreach (var kind in Enum.GetValues<BridgeErrorKind>())
        {
            var error = new BridgeError(kind, "It failed.");
            Assert.Equal(failures.Contains(kind), FallbackModelPolicy.AllowsFallbackModel(FallbackPolicy.Any, error));
            Assert.False(FallbackModelPolicy.AllowsFallbackModel(FallbackPolicy.SameSpace, error));
            Assert.False(FallbackModelPolicy.AllowsFallbackModel(FallbackPolicy.Off, error));
        }
    }
}
