using AkiDb.Bridge.Admission;

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
        account.TryCharge(SharedResource.AnswerBytes, 300);
        other.TryCharge(SharedResource.BodyBytes, 7);
        account.GiveBack(SharedResource.BodyBytes, 40);
        Assert.Equal(67, ledger.Used(SharedResource.BodyBytes));

        account.Dispose();
        account.Dispose();

        Assert.Equal(7, ledger.Used(SharedResource.BodyBytes));
        Assert.Equal(0, ledger.Used(SharedResource.AnswerBytes));
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
        Assert.Equal(0, ledger.Used(SharedResource.BodyBytes));
    }

    [Fact]
    public void Defaults_follow_the_memory_of_the_process()
    {
        var defaults = new ResourceLedger(new AdmissionOptions());
        Assert.Null(defaults.Open(null).TryCharge(SharedResource.BodyBytes, 20 * 1024 * 1024));
        Assert.NotNull(defaults.Open(null).TryCharge(SharedResource.BodyBytes, 512L * 1024 * 1024));
    }
}
