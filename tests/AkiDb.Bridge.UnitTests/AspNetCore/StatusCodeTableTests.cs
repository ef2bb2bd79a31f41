using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class StatusCodeTableTests
{
    [Fact]
    public void Every_kind_of_error_has_its_status()
    {
        Dictionary<BridgeErrorKind, int> expected = new()
        {
            [BridgeErrorKind.BadInput] = 400,
            [BridgeErrorKind.UnknownModel] = 404,
            [BridgeErrorKind.TooLarge] = 413,
            [BridgeErrorKind.TooLong] = 422,
            [BridgeErrorKind.PoisonInput] = 422,
            [BridgeErrorKind.Overloaded] = 429,
            [BridgeErrorKind.NoEngine] = 503,
            [BridgeErrorKind.OutOfMemory] = 500,
            [BridgeErrorKind.EngineFault] = 500,
            [BridgeErrorKind.DeadlineExceeded] = 504,
            [BridgeErrorKind.BadModel] = 503,
            [BridgeErrorKind.Internal] = 500,
            [BridgeErrorKind.UnknownToken] = 400,
            [BridgeErrorKind.SpaceMismatch] = 409,
        };

        Assert.Equal(Enum.GetValues<BridgeErrorKind>().Order(), expected.Keys.Order());
        Assert.All(expected, pair => Assert.Equal(pair.Value, StatusCodeTable.StatusOf(pair.Key)));
    }
}
