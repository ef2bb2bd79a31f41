using AkiDb.Bridge.Queue;
using RabbitMQ.Client;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class PassageTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Message_that_comes_from_its_sender_is_passed_on_at_once_and_a_copy_that_comes_again_once_a_second()
    {
        var first = Passage.Of(new BasicProperties(), Now);
        Assert.True(first.IsFirst);
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (first.Age, first.Pause));

        var next = Passage.Of(first.CopyAt(Now), Now + TimeSpan.FromMilliseconds(300));
        Assert.False(next.IsFirst);
        Assert.Equal((TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(700)), (next.Age, next.Pause));

        // In a long queue it has been under way for longer than that.
        var third = Passage.Of(next.CopyAt(Now + TimeSpan.FromSeconds(1)), Now + TimeSpan.FromMinutes(1));
        Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.Zero), (third.Age, third.Pause));
    }

    [Fact]
    public void Times_that_a_message_was_handed_out_in_vain_are_counted_over_all_its_copies()
    {
        // A text that ends each host that has its space must not go round for ever because hosts in between pass it on.
        var copy = Passage.Of(new BasicProperties { Headers = new Dictionary<string, object?> { ["x-delivery-count"] = 3L } }, Now).CopyAt(Now);
        Assert.False(copy.Headers!.ContainsKey("x-delivery-count"));
        copy.Headers["x-delivery-count"] = 2L;
        Assert.Equal(5, Passage.Of(copy, Now).Deliveries);
        Assert.Equal(5, Passage.Of(Passage.Of(copy, Now).CopyAt(Now), Now).Deliveries);
    }

    [Fact]
    public void Clock_of_another_host_that_is_ahead_makes_no_age_below_zero_and_a_pause_of_a_second()
    {
        var copy = Passage.Of(new BasicProperties(), Now + TimeSpan.FromHours(1)).CopyAt(Now + TimeSpan.FromHours(1));
        copy.Headers![Passage.SinceHeader] = Now.ToUnixTimeMilliseconds();
        var passage = Passage.Of(copy, Now);
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(1)), (passage.Age, passage.Pause));
    }
}
