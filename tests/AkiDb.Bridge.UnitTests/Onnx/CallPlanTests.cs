using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class CallPlanTests
{
    private static readonly int[] Mixed = [9, 300, 4, 4, 64, 128, 5, 17, 600, 31, 30, 2];

    [Fact]
    public void Every_text_is_in_exactly_one_micro_batch()
    {
        var plan = CallPlan.Create(Mixed, mostTokens: 256, cores: 2);

        var texts = plan.Batches.SelectMany(batch => Enumerable.Range(batch.First, batch.Texts)).Select(place => plan.At(place).Text);
        Assert.Equal(Enumerable.Range(0, Mixed.Length), texts.Order());
    }

    [Fact]
    public void A_place_knows_its_text()
    {
        var plan = CallPlan.Create(Mixed, mostTokens: 256, cores: 2);

        Assert.Equal((11, 1192, 2), plan.At(0));
        Assert.Equal((8, 531, 600), plan.At(Mixed.Length - 1));
    }

    [Fact]
    public void Micro_batches_stay_within_their_tokens()
    {
        var plan = CallPlan.Create(Mixed, mostTokens: 256, cores: 1);

        Assert.All(plan.Batches, batch => Assert.True(batch.Tokens <= 256 || batch.Texts == 1));
        Assert.Equal(Mixed.Sum(), plan.Batches.Sum(batch => batch.Tokens));
    }

    [Fact]
    public void Texts_of_very_different_lengths_are_kept_apart()
    {
        var plan = CallPlan.Create([.. Enumerable.Repeat(3, 50), 200], mostTokens: 512, cores: 1);

        Assert.Equal([50, 1], plan.Batches.Select(batch => batch.Texts));
    }

    [Fact]
    public void A_small_call_is_cut_so_that_every_core_has_a_part() =>
        Assert.Equal([16, 16], CallPlan.Create([.. Enumerable.Repeat(16, 32)], mostTokens: 512, cores: 2).Batches.Select(batch => batch.Texts));

    [Fact]
    public void A_tiny_call_is_not_cut() =>
        Assert.Single(CallPlan.Create([8, 8, 8], mostTokens: 512, cores: 16).Batches);
}
