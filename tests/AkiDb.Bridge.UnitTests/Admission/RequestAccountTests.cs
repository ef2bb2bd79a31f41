using AkiDb.Bridge.Admission;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class RequestAccountTests
{
    private readonly ResourceLedger ledger = new(new AdmissionOptions { BodyBytes = 1_700, Characters = 1_700, AnswerBytes = 1_700 });

    [Theory]
    [InlineData(SharedResource.BodyBytes, "bodies", "BodyBytes")]
    [InlineData(SharedResource.Characters, "texts", "Characters")]
    [InlineData(SharedResource.AnswerBytes, "answers", "AnswerBytes")]
    public void Refusal_says_what_is_full_and_which_option_bounds_it(object resource, string what, string option)
    {
        using var first = ledger.Open("a");
        Assert.Null(first.TryCharge((SharedResource)resource, 1_600));
        using var second = ledger.Open("a");

        var refusal = second.TryCharge((SharedResource)resource, 1)!;

        Assert.Equal(BridgeErrorKind.Overloaded, refusal.Kind);
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"Bridge:Admission:{option}", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
    }

    [Fact]
    public void One_resource_that_is_full_is_no_reason_to_refuse_another()
    {
        using var account = ledger.Open("a");
        Assert.Null(account.TryCharge(SharedResource.BodyBytes, 1_600));
        Assert.Null(account.TryCharge(SharedResource.AnswerBytes, 1_600));
    }

    [Fact]
    public void Everything_comes_back_once_however_often_it_is_disposed()
    {
        var account = ledger.Open("a");
        using var other = ledger.Open("a");
        account.TryCharge(SharedResource.BodyBytes, 100);
        account.TryCharge(SharedResource.Characters, 200);
        account.TryCharge(SharedResource.AnswerBytes, 300);
        var permit = new Permit();
        account.Hold(permit);
        other.TryCharge(SharedResource.BodyBytes, 7);
        account.GiveBack(SharedResource.BodyBytes, 40);
        Assert.Equal(67, ledger.Used(SharedResource.BodyBytes));

        account.Dispose();
        account.Dispose();

        Assert.Equal(7, ledger.Used(SharedResource.BodyBytes));
        Assert.Equal(0, ledger.Used(SharedResource.Characters));
        Assert.Equal(0, ledger.Used(SharedResource.AnswerBytes));
        Assert.Equal(1, permit.Disposed);
    }

    [Fact]
    public void Nothing_is_charged_where_all_is_taken_already()
    {
        using var full = ledger.Open("a");
        full.TryCharge(SharedResource.BodyBytes, 1_600);

        Assert.Null(ledger.Open("a").TryCharge(SharedResource.BodyBytes, 0));
    }

    [Fact]
    public void Amount_that_was_never_taken_is_an_internal_error()
    {
        using var account = ledger.Open("a");
        account.TryCharge(SharedResource.BodyBytes, 10);

        Assert.Throws<ArgumentOutOfRangeException>(() => account.GiveBack(SharedResource.BodyBytes, 11));
        Assert.Throws<ArgumentOutOfRangeException>(() => account.GiveBack(SharedResource.BodyBytes, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => account.TryCharge(SharedResource.BodyBytes, -1));
        Assert.Equal(10, ledger.Used(SharedResource.BodyBytes));
    }

    [Fact]
    public void Tokens_of_a_key_are_taken_once_for_a_request_whoever_computes_it()
    {
        var allowance = Allowance(tokensPerMinute: 100, concurrentTokens: 0);
        using var account = ledger.Open("a", allowance);

        Assert.Null(account.TryAllow(60));
        Assert.Null(account.TryAllow(60));

        Assert.Null(allowance.TryTake(40));
        Assert.NotNull(allowance.TryTake(1));
    }

    [Fact]
    public void Tokens_that_a_key_may_not_have_are_not_held()
    {
        var allowance = Allowance(tokensPerMinute: 0, concurrentTokens: 100);
        Assert.Null(allowance.TryTake(90));
        var refused = ledger.Open("a", allowance);

        Assert.NotNull(refused.TryAllow(60));
        refused.Dispose();

        Assert.NotNull(allowance.TryTake(11));
        Assert.Null(allowance.TryTake(10));
    }

    [Fact]
    public void Tokens_at_once_come_back_with_the_end_of_the_request()
    {
        var allowance = Allowance(tokensPerMinute: 0, concurrentTokens: 100);
        var account = ledger.Open("a", allowance);
        Assert.Null(account.TryAllow(100));
        Assert.NotNull(allowance.TryTake(1));

        account.Dispose();
        account.Dispose();

        Assert.Null(allowance.TryTake(50));
        Assert.NotNull(allowance.TryTake(51));
    }

    [Fact]
    public void Request_that_was_never_computed_costs_its_key_nothing()
    {
        var allowance = Allowance(tokensPerMinute: 100, concurrentTokens: 100);
        using var account = ledger.Open("a", allowance);
        Assert.Null(account.TryAllow(100));

        account.Disallow();

        Assert.Null(account.TryAllow(100));
        Assert.NotNull(allowance.TryTake(1));
    }

    [Fact]
    public void Caller_whose_requests_are_gone_may_take_as_much_as_ever()
    {
        for (var request = 0; request < 100; request++)
        {
            using var account = ledger.Open("a");
            Assert.Null(account.TryCharge(SharedResource.BodyBytes, 1_600));
        }
    }

    [Fact]
    public void Greedy_callers_leave_something_for_the_next_one()
    {
        for (var request = 0; request < 10_000; request++)
        {
            ledger.Open($"greedy {request % 3}").TryCharge(SharedResource.BodyBytes, 1);
        }

        Assert.Null(ledger.Open("next").TryCharge(SharedResource.BodyBytes, 30));
        Assert.InRange(ledger.Used(SharedResource.BodyBytes), 1_500, 1_700);
    }

    [Fact]
    public void Request_beyond_the_limit_is_taken_in_any_number_of_steps_when_it_is_alone()
    {
        using (var giant = ledger.Open("a"))
        {
            Assert.All(Enumerable.Range(0, 10), _ => Assert.Null(giant.TryCharge(SharedResource.BodyBytes, 1_000)));
            Assert.NotNull(ledger.Open("b").TryCharge(SharedResource.BodyBytes, 1));
        }

        using var small = ledger.Open("b");
        Assert.Null(small.TryCharge(SharedResource.BodyBytes, 1));
        Assert.NotNull(ledger.Open("a").TryCharge(SharedResource.BodyBytes, 10_000));
    }

    [Fact]
    public void What_is_charged_after_the_end_is_an_internal_error_and_not_a_leak()
    {
        var account = ledger.Open("a");
        account.Dispose();
        Assert.Throws<ObjectDisposedException>(() => account.TryCharge(SharedResource.BodyBytes, 1));
        Assert.Throws<ObjectDisposedException>(() => account.TryAllow(1));
        Assert.Throws<ObjectDisposedException>(() => account.Hold(new Permit()));
        Assert.Equal(0, ledger.Used(SharedResource.BodyBytes));
    }

    [Fact]
    public void Request_that_fits_only_because_it_is_alone_is_taken_in_steps_too()
    {
        using var account = ledger.Open("a");
        Assert.Null(account.TryCharge(SharedResource.BodyBytes, 800));
        Assert.Null(account.TryCharge(SharedResource.BodyBytes, 801));
    }

    [Theory]
    [InlineData(SharedResource.BodyBytes, 22, 512)]
    [InlineData(SharedResource.Characters, 14, 256)]
    [InlineData(SharedResource.AnswerBytes, 44, 1_024)]
    public void Defaults_follow_the_memory_of_the_process(object resource, int least, int most)
    {
        var defaults = new ResourceLedger(new AdmissionOptions());
        using var other = defaults.Open("other");
        Assert.Null(other.TryCharge((SharedResource)resource, 1));

        Assert.Null(defaults.Open(null).TryCharge((SharedResource)resource, least * 1024L * 1024));
        Assert.NotNull(defaults.Open(null).TryCharge((SharedResource)resource, most * 1024L * 1024));
    }

    private static CallerAllowance Allowance(long tokensPerMinute, long concurrentTokens) =>
        new("team", tokensPerMinute, concurrentTokens, new FakeTimeProvider());

    private sealed class Permit : IDisposable
    {
        public int Disposed { get; private set; }

        public void Dispose() => Disposed++;
    }
}
