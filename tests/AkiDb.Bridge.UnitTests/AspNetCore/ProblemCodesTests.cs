using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class ProblemCodesTests
{
    [Fact]
    public void Words_that_programs_read_never_change()
    {
        Dictionary<BridgeErrorKind, string> expected = new()
        {
            [BridgeErrorKind.BadInput] = "bad_input",
            [BridgeErrorKind.UnknownModel] = "unknown_model",
            [BridgeErrorKind.TooLarge] = "too_large",
            [BridgeErrorKind.TooLong] = "too_long",
            [BridgeErrorKind.PoisonInput] = "poison_input",
            [BridgeErrorKind.Overloaded] = "overloaded",
            [BridgeErrorKind.NoEngine] = "no_engine",
            [BridgeErrorKind.OutOfMemory] = "out_of_memory",
            [BridgeErrorKind.EngineFault] = "engine_fault",
            [BridgeErrorKind.DeadlineExceeded] = "deadline_exceeded",
            [BridgeErrorKind.BadModel] = "bad_model",
            [BridgeErrorKind.UnknownToken] = "unknown_token",
            [BridgeErrorKind.SpaceMismatch] = "space_mismatch",
        };

        Assert.All(expected, pair => Assert.Equal(pair.Value, ProblemCodes.Of(pair.Key)));
        Assert.All(Enum.GetValues<BridgeErrorKind>().Except(expected.Keys), kind => Assert.Equal("internal", ProblemCodes.Of(kind)));
    }
}
