using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.UnitTests.Engines;

public sealed class BatchTimesTests
{
    private readonly BatchTimes times = new();

    [Fact]
    public void Nothing_measured_counts_a_millisecond_for_a_token()
    {
        Assert.Equal(0.5, times.Expected(500).TotalSeconds, 0.001);
        Assert.Equal(11, times.Expected(11_000).TotalSeconds, 0.001);
    }

    [Fact]
    public void Long_text_takes_the_square_of_what_shorter_ones_have_taken()
    {
        times.Record(512, TimeSpan.FromMilliseconds(50));

        Assert.Equal(0.05, times.Expected(512).TotalSeconds, 0.001);
        Assert.Equal(0.1, times.Expected(1_024).TotalSeconds, 0.001);
        Assert.Equal(0.1 * 8 * 8, times.Expected(8_192).TotalSeconds, 0.01);
    }

    [Fact]
    public void What_was_measured_for_its_size_counts()
    {
        times.Record(512, TimeSpan.FromMilliseconds(50));
        times.Record(8_192, TimeSpan.FromSeconds(2));

        Assert.Equal(2.5, times.Expected(10_240).TotalSeconds, 0.01);
    }

    [Fact]
    public void Few_tokens_say_nothing_and_many_say_what_fewer_take_at_most()
    {
        times.Record(5, TimeSpan.FromSeconds(1));
        Assert.Equal(0.5, times.Expected(500).TotalSeconds, 0.001);

        times.Record(4_096, TimeSpan.FromSeconds(1));
        Assert.Equal(0.125, times.Expected(512).TotalSeconds, 0.001);
    }

    [Fact]
    public void Single_slow_batch_moves_the_expectation_a_little()
    {
        times.Record(512, TimeSpan.FromMilliseconds(100));
        times.Record(512, TimeSpan.FromMilliseconds(1_100));

        Assert.Equal(0.3, times.Expected(512).TotalSeconds, 0.001);
    }
}
