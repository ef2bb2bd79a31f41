using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class SpaceDemandTests
{
    private static readonly EmbeddingSpace Space = new()
    {
        Model = "org/model",
        Weights = "0011223344556677",
        Pooling = "mean",
        Prompt = "",
        Dimensions = 8,
        Normalized = true,
        Precision = "float32",
        Library = "sentence-transformers",
    };

    [Fact]
    public void Space_as_it_is_written_is_met() => Assert.True(SpaceDemand.IsMet(Space.ToString(), Space));

    [Fact]
    public void Precision_counts_only_if_it_is_named()
    {
        var unnamed = Space.ToString().Replace(";precision=float32", "", StringComparison.Ordinal);

        Assert.True(SpaceDemand.IsMet(unnamed, Space with { Precision = "bfloat16" }));
        Assert.False(SpaceDemand.IsMet(Space.ToString(), Space with { Precision = "bfloat16" }));
        Assert.True(SpaceDemand.IsMetButForPrecision(Space.ToString(), Space with { Precision = "bfloat16" }));
    }

    [Fact]
    public void Each_precision_that_computed_must_be_named()
    {
        var both = (Space with { Precision = "bfloat16,float32" }).ToString();

        Assert.True(SpaceDemand.IsMet(both, Space));
        Assert.False(SpaceDemand.IsMet(Space.ToString(), Space with { Precision = "bfloat16,float32" }));
    }

    [Fact]
    public void Everything_else_counts()
    {
        EmbeddingSpace[] others =
        [
            Space with { Model = "org/another" }, Space with { Revision = "abc" }, Space with { Weights = "0" }, Space with { Pooling = "cls" }, Space with { Prompt = "query: " },
            Space with { Dimensions = 4 }, Space with { Normalized = false }, Space with { Library = null },
        ];

        Assert.All(others, other => Assert.False(SpaceDemand.IsMet(Space.ToString(), other)));
        Assert.All(others, other => Assert.False(SpaceDemand.IsMet(other.ToString(), Space)));
    }

    [Fact]
    public void Demand_that_is_longer_than_any_space_comes_back_shortened()
    {
        var error = SpaceDemand.Refuse(new string('x', 1_000_000), Space);

        Assert.InRange(error.Message.Length, 1, 2_000);
        Assert.InRange(error.Spaces!.Demanded.Length, 1, 2_000);
        Assert.Equal(Space.ToString(), error.Spaces.Served);
    }

    [Theory]
    [InlineData("")]
    [InlineData(";precision=")]
    [InlineData("nonsense;precision=float32")]
    public void What_is_no_space_is_never_met(string demand) => Assert.False(SpaceDemand.IsMet(demand, Space));
}
