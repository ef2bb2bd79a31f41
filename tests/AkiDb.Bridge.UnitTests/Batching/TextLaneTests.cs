using System.Runtime.CompilerServices;
using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class TextLaneTests
{
    private readonly TextLane lane = new();
    private readonly TextQueue queue = new(default, 0);
    private long arrivals;

    [Fact]
    public void Oldest_text_is_always_in_the_next_batch()
    {
        Add(400, 10, 10, 10, 10);

        Assert.Equal(400, lane.Take(32, int.MaxValue)[0].Ids.Length);
        Assert.Equal([10, 10, 10], Lengths(lane.Take(32, int.MaxValue)));
        Assert.Equal([10], Lengths(lane.Take(32, int.MaxValue)));
        Assert.Empty(lane.Take(32, int.MaxValue));
    }

    [Fact]
    public void Similar_lengths_go_together_and_others_fill_what_is_left()
    {
        Add(16, 100, 17, 90, 16, 5);

        Assert.Equal([16, 17, 16, 5], Lengths(lane.Take(60, int.MaxValue)));
        Assert.Equal([100, 90], Lengths(lane.Take(200, int.MaxValue)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(512)]
    public void Batches_hold_every_text_once_and_never_more_tokens_than_allowed(int budget)
    {
        var random = new Random(budget);
        var lengths = Enumerable.Range(0, 2_000).Select(_ => random.Next(1, 300)).ToArray();
        Add(lengths);
        Assert.Equal((lengths.Length, lengths.Sum()), (lane.Count, (int)lane.Tokens));

        var seen = new HashSet<long>();
        while (lane.Take(budget, int.MaxValue) is { Count: > 0 } batch)
        {
            Assert.True(batch.Count == 1 || batch.Sum(text => text.Ids.Length) <= budget);
            Assert.All(batch, text => Assert.True(seen.Add(text.Number)));
        }

        Assert.Equal(lengths.Length, seen.Count);
        Assert.Equal((0, 0), (lane.Count, (int)lane.Tokens));
    }

    [Fact]
    public void Text_that_left_is_in_no_batch()
    {
        var texts = Add(5, 6, 7);

        lane.Remove(texts[0]);

        Assert.Equal([6, 7], Lengths(lane.Take(100, int.MaxValue)).Order());
        Assert.Null(texts[0].Lane);
    }

    [Fact]
    public void Short_text_of_a_caller_who_has_nothing_else_goes_before_anothers_backlog()
    {
        AddFor("greedy", [.. Enumerable.Repeat(50, 100)]);
        lane.Take(100, int.MaxValue);
        AddFor("good", 7);

        Assert.Contains(lane.Take(100, int.MaxValue).Concat(lane.Take(100, int.MaxValue)), text => text.Caller == "good");
    }

    [Fact]
    public void Callers_with_as_much_to_do_get_as_much()
    {
        AddFor("a", [.. Enumerable.Repeat(10, 300)]);
        AddFor("b", [.. Enumerable.Repeat(20, 150)]);
        AddFor("c", [.. Enumerable.Repeat(10, 20)]);

        var taken = Enumerable.Range(0, 30).SelectMany(_ => lane.Take(40, int.MaxValue)).GroupBy(text => text.Caller).ToDictionary(each => each.Key, each => each.Sum(text => text.Ids.Length));

        Assert.Equal(200, taken["c"]);
        Assert.InRange(taken["a"], 420, 580);
        Assert.InRange(taken["b"], 420, 580);
    }

    [Fact]
    public void Who_leaves_and_comes_again_is_neither_punished_nor_rewarded()
    {
        AddFor("a", [.. Enumerable.Repeat(10, 100)]);
        AddFor("b", [.. Enumerable.Repeat(10, 100)]).ForEach(lane.Remove);
        lane.Take(50, int.MaxValue);
        AddFor("b", 10);

        Assert.Contains(lane.Take(50, int.MaxValue), text => text.Caller == "b");
        Assert.Equal((91, 910), (lane.Count, (int)lane.Tokens));
    }

    [Fact]
    public void Before_a_caller_is_what_it_has_itself_and_of_the_others_as_much_as_it_gets_meanwhile()
    {
        AddFor("a", 100, 100);
        AddFor("b", 10);

        Assert.Equal(20, lane.Before("c", 10));
        Assert.Equal(210, lane.Before("a", 10));
        Assert.Equal(10 + 15, lane.Before("b", 5));
        Assert.Equal(210, lane.Before("c", 1_000));
    }

    [Fact]
    public void Text_that_two_callers_want_has_its_turn_when_the_first_of_them_has()
    {
        var texts = AddFor("a", 10, 10, 10, 10);
        lane.Join(texts[3], "b");
        Assert.Equal([texts[0], texts[3]], lane.Take(20, int.MaxValue));
    }

    [Fact]
    public void Text_that_somebody_wants_whose_turn_is_later_keeps_its_turn()
    {
        AddFor("b", 50);
        var text = AddFor("a", 10)[0];

        lane.Join(text, "b");

        Assert.Equal(("a", 10, 50), (text.Caller, (int)lane.TokensOf("a"), (int)lane.TokensOf("b")));
    }

    [Fact]
    public void What_was_taken_is_not_before_anybody_any_more()
    {
        AddFor("a", 10, 10);
        AddFor("b", 10);

        lane.Take(10, int.MaxValue);

        Assert.Equal((10, 10), (lane.TokensOf("a"), lane.TokensOf("b")));
        Assert.Equal(20, lane.Before("c", 1_000));
    }

    [Fact]
    public void Very_long_text_and_a_very_short_one_go_together_where_both_fit()
    {
        Add(200_000, 5);
        Assert.Equal([200_000, 5], Lengths(lane.Take(300_000, int.MaxValue)));
    }

    [Fact]
    public void Name_of_a_caller_is_not_kept_when_nothing_of_it_waits()
    {
        var name = AddAndTake();
        AddFor("another", 1, 1);
        lane.Take(1, int.MaxValue);
        lane.Take(1, int.MaxValue);
        AddFor("another", 1);
        lane.Take(1, int.MaxValue);

        GC.Collect();

        Assert.False(name.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AddAndTake()
    {
        var name = new string('c', 100);
        AddFor(name, 1);
        lane.Take(1, int.MaxValue);
        return new WeakReference(name);
    }

    [Fact]
    public void Caller_who_had_more_than_its_share_is_remembered_among_very_many()
    {
        AddFor("greedy", 1_000);
        for (var caller = 0; caller < 100; caller++)
        {
            AddFor($"{caller}", 10, 10);
        }

        Assert.Equal("greedy", Assert.Single(lane.Take(1_000, mostTexts: 1)).Caller);
        AddFor("greedy", 10);

        Assert.DoesNotContain(lane.Take(2_000, int.MaxValue), text => text.Caller == "greedy");
    }

    [Fact]
    public void Many_callers_who_come_once_are_forgotten()
    {
        AddFor("stays", 1, 1, 1);
        for (var caller = 0; caller < 10_000; caller++)
        {
            AddFor($"{caller}", 1);
            AddFor("stays", 1, 1);
            lane.Take(3, int.MaxValue);
        }

        Assert.InRange(lane.Callers, 1, 200);
    }

    private static IEnumerable<int> Lengths(IReadOnlyList<QueuedText> texts) => texts.Select(text => text.Ids.Length);

    private List<QueuedText> Add(params int[] lengths) => AddFor("", lengths);

    private List<QueuedText> AddFor(string caller, params int[] lengths)
    {
        var texts = lengths.Select(length => new QueuedText(new int[length], arrivals++, queue)).ToList();
        texts.ForEach(text => lane.Add(text, caller));
        return texts;
    }
}
