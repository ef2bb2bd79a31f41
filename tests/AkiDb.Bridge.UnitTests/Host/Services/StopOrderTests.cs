using AkiDb.Bridge.Host.Services.Windows;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class StopOrderTests
{
    private const int AccessDenied = 5;
    private const int RequestTimeout = 1053;
    private const int CannotAcceptControl = 1061;
    private const int NotActive = 1062;

    private const uint Stopped = 1;
    private const uint StartPending = 2;
    private const uint StopPending = 3;
    private const uint Running = 4;

    [Theory]
    [InlineData(0, StopPending, 7, "Wait")]
    [InlineData(0, Running, 7, "Wait")]
    [InlineData(NotActive, Stopped, 0, "Wait")]
    [InlineData(CannotAcceptControl, StopPending, 7, "Wait")]
    [InlineData(CannotAcceptControl, Stopped, 0, "Wait")]
    [InlineData(CannotAcceptControl, Running, 7, "AskAgain")]
    [InlineData(CannotAcceptControl, StartPending, 0, "AskAgain")]
    [InlineData(CannotAcceptControl, StartPending, 7, "End")]
    [InlineData(RequestTimeout, Running, 7, "Fail")]
    [InlineData(AccessDenied, StartPending, 7, "Fail")]
    public void Only_one_that_takes_no_orders_while_it_starts_is_ended(int error, uint state, uint processId, string next) =>
        Assert.Equal(next, StopOrder.After(error, state, processId).ToString());
}
