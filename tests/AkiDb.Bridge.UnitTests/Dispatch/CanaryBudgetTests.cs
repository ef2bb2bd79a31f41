using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class CanaryBudgetTests
{
    // What a batch must have to save up for one token of a known text.
    private const int TokensForOne = 250;

    // Of 1, 2, 3 and 4 tokens.
    private static readonly KnownText[] Four = [.. Enumerable.Range(0, 4).Select(index => new KnownText(index, new int[index + 1]))];

    private readonly CanaryBudget budget = new();

    [Fact]
    public void Every_known_text_has_its_turn_and_the_cheapest_one_every_second() =>
        Assert.Equal([0, 1, 0, 2, 0, 3, 0, 1, 0, 2], Enumerable.Range(0, 10).Select(_ => budget.Spend(100 * TokensForOne, Four)!.Index));

    [Fact]
    public void Known_text_that_is_the_only_one_has_every_turn() =>
        Assert.All(Enumerable.Range(0, 4), _ => Assert.Same(Four[3], budget.Spend(100 * TokensForOne, Four[3..])));

    [Fact]
    public void Budget_without_known_texts_spends_nothing() => Assert.Null(budget.Spend(100 * TokensForOne, []));

    [Fact]
    public void Known_text_is_spent_as_soon_as_what_it_costs_is_saved_up()
    {
        Assert.Null(budget.Spend(TokensForOne - 1, Four));
        Assert.NotNull(budget.Spend(1, Four));
        Assert.Null(budget.Spend((2 * TokensForOne) - 1, Four));
        Assert.Equal(1, budget.Spend(1, Four)!.Index);
    }

    [Fact]
    public void One_huge_batch_saves_up_for_four_of_the_longest_texts_at_most()
    {
        var spent = new List<int>();
        for (var tokens = 1_000_000; budget.Spend(tokens, Four) is { } known; tokens = 0)
        {
            spent.Add(known.Ids.Length);
        }

        Assert.Equal([1, 2, 1, 3, 1, 4, 1, 2, 1], spent);
    }

    [Fact]
    public void Demand_is_met_once_whatever_it_costs()
    {
        Assert.Null(budget.Spend(1, Four));

        budget.Demand();

        Assert.NotNull(budget.Spend(1, Four));
        Assert.Null(budget.Spend(1, Four));
    }

    [Fact]
    public void What_a_demand_has_cost_is_saved_up_first()
    {
        budget.Demand();
        Assert.NotNull(budget.Spend(0, Four));

        Assert.Null(budget.Spend((3 * TokensForOne) - 1, Four));
        Assert.NotNull(budget.Spend(1, Four));
    }

    [Fact]
    public void Answers_since_the_last_but_one_check_are_suspect()
    {
        Assert.True(budget.TryRecordAnswered(1));
        budget.RecordChecked();
        Assert.True(budget.TryRecordAnswered(20));
        budget.RecordChecked();
        Assert.True(budget.TryRecordAnswered(300));

        Assert.True(budget.TryExpel(out var suspects));

        Assert.Equal(320, suspects);
    }

    [Fact]
    public void Engine_is_expelled_once_and_nobody_gets_what_it_answers_later()
    {
        Assert.True(budget.TryExpel(out _));

        Assert.False(budget.TryExpel(out _));
        Assert.False(budget.TryRecordAnswered(1));
    }
}
