using AkiDb.Bridge.Admission;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class CallerAllowanceTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Tokens_of_a_minute_may_come_at_once_and_come_back_evenly()
    {
        var allowance = new CallerAllowance("team", tokensPerMinute: 600, concurrentTokens: 0, time);
        Assert.Null(allowance.TryTake(600));

        var refusal = allowance.TryTake(100);

        Assert.Equal((BridgeErrorKind.Overloaded, TimeSpan.FromSeconds(10)), (refusal?.Kind, refusal?.RetryAfter));
        Assert.Contains("'team'", refusal!.Message, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(allowance.TryTake(100));
    }

    [Fact]
    public void Request_larger_than_a_minute_is_let_in_when_nothing_was_used_and_is_paid_off()
    {
        var allowance = new CallerAllowance("team", 600, 0, time);

        Assert.Null(allowance.TryTake(1_200));

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.NotNull(allowance.TryTake(1));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(allowance.TryTake(1));
    }

    [Fact]
    public void What_was_never_computed_does_not_count()
    {
        var allowance = new CallerAllowance("team", 600, 0, time);
        allowance.TryTake(600);

        allowance.End(600);
        allowance.Refund(600);

        Assert.Null(allowance.TryTake(600));
    }

    [Fact]
    public void Tokens_at_once_are_bounded_but_for_a_request_that_is_alone()
    {
        var allowance = new CallerAllowance("team", 0, 100, time);
        Assert.Null(allowance.TryTake(500));
        Assert.NotNull(allowance.TryTake(1));

        allowance.End(500);

        Assert.Null(allowance.TryTake(60));
        Assert.Null(allowance.TryTake(40));
        Assert.NotNull(allowance.TryTake(1));
    }
}
