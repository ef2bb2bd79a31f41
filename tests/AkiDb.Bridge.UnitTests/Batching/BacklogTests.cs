using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class BacklogTests
{
    private static readonly Backlog Some = new(800, 400, 200, 1_600, 3_200, TimeSpan.FromSeconds(2), 100);

    [Fact]
    public void Wait_is_for_what_waits_and_for_what_is_computed() => Assert.Equal(TimeSpan.FromSeconds(10), Some.Wait);

    [Fact]
    public void Ids_of_which_several_make_a_token_take_as_long() => Assert.Equal(
        new Backlog(200, 100, 50, 400, 800, TimeSpan.FromSeconds(2), 25), Some.InTokens(4));

    [Fact]
    public void Wait_that_no_clock_can_count_is_a_day() => Assert.Equal(TimeSpan.FromDays(1), (Some with { TokensPerSecond = 1e-12 }).Wait);
}
