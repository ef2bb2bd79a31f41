using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class BackOffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);

    [Fact]
    public void Bound_doubles_up_to_the_largest()
    {
        var backOff = new BackOff(First, TimeSpan.FromSeconds(1.5), () => 1);

        Assert.Equal([250, 500, 1000, 1500, 1500], Enumerable.Range(0, 5).Select(_ => backOff.Next().TotalMilliseconds));
    }

    [Fact]
    public void Delay_is_anywhere_below_the_bound()
    {
        var draws = new Queue<double>([0, 0.5, 0.25]);
        var backOff = new BackOff(First, TimeSpan.FromHours(1), draws.Dequeue);

        Assert.Equal([0, 250, 250], Enumerable.Range(0, 3).Select(_ => backOff.Next().TotalMilliseconds));
    }

    [Fact]
    public void Good_service_starts_it_over()
    {
        var backOff = new BackOff(First, TimeSpan.FromHours(1), () => 1);
        backOff.Next();
        backOff.Next();

        backOff.Reset();

        Assert.Equal(First, backOff.Next());
    }

    [Fact]
    public void Least_is_as_short_as_the_first_and_does_not_count()
    {
        var backOff = new BackOff(First, TimeSpan.FromHours(1), () => 1);

        Assert.Equal([First, First], [backOff.Least(), backOff.Least()]);

        Assert.Equal(First, backOff.Next());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(86_400)]
    public void Any_number_of_deaths_stays_within_the_largest(int firstSeconds)
    {
        var max = TimeSpan.FromHours(24);
        var backOff = new BackOff(TimeSpan.FromSeconds(firstSeconds), max, () => 1);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(backOff.Next(), TimeSpan.Zero, max));
    }
}
