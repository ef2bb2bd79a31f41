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

    [Fact]
    public void Wait_is_for_what_is_missing_and_not_for_all_of_it()
    {
        var allowance = new CallerAllowance("team", 600, 0, time);
        allowance.TryTake(550);

        Assert.Equal(TimeSpan.FromSeconds(5), allowance.TryTake(100)!.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(1), allowance.TryTake(51)!.RetryAfter);
    }

    [Fact]
    public void Same_time_fills_it_once()
    {
        var allowance = new CallerAllowance("team", 600, 0, time);
        allowance.TryTake(600);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Null(allowance.TryTake(300));
        Assert.NotNull(allowance.TryTake(10));
    }

    [Fact]
    public void Refund_never_gives_more_than_a_minute()
    {
        var allowance = new CallerAllowance("team", 600, 0, time);
        allowance.TryTake(300);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(allowance.TryTake(1));

        allowance.Refund(301);

        Assert.Null(allowance.TryTake(600));
        Assert.NotNull(allowance.TryTake(1));
    }
}
