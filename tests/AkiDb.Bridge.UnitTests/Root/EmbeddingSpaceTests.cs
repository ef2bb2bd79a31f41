namespace AkiDb.Bridge.UnitTests.Root;

public sealed class EmbeddingSpaceTests
{
    private static readonly EmbeddingSpace Space = new()
    {
        Model = "sentence-transformers/all-MiniLM-L6-v2",
        Revision = "abc123",
        Weights = "0011223344556677",
        Pooling = "mean",
        Prompt = "query: ",
        Dimensions = 384,
        Normalized = true,
        Precision = "float32",
    };

    [Fact]
    public void Text_is_frozen() => Assert.Equal(
        "sentence-transformers/all-MiniLM-L6-v2@abc123;weights=0011223344556677;pooling=mean;prompt=08a8bf6b8693;dim=384;norm=l2;precision=float32",
        Space.ToString());

    [Fact]
    public void Text_without_revision_prompt_and_norm_is_frozen() => Assert.Equal(
        "sentence-transformers/all-MiniLM-L6-v2;weights=0011223344556677;pooling=mean;prompt=none;dim=384;norm=none;precision=float32",
        (Space with { Revision = null, Prompt = "", Normalized = false }).ToString());

    [Fact]
    public void Text_of_a_space_that_a_library_computes_ends_with_its_name() => Assert.Equal(
        $"{Space};library=sentence-transformers", (Space with { Library = "sentence-transformers" }).ToString());

    [Fact]
    public void Text_of_a_space_that_leaves_the_prompt_out_says_so_where_there_is_one()
    {
        var unpooled = Space with { PoolsPrompt = false };

        Assert.Contains(";pooling=mean-without-prompt;prompt=08a8bf6b8693;", unpooled.ToString(), StringComparison.Ordinal);
        Assert.Equal((Space with { Prompt = "" }).ToString(), (unpooled with { Prompt = "" }).ToString());
        Assert.False(Space.IsInterchangeableWith(unpooled));
        Assert.True((Space with { Prompt = "" }).IsInterchangeableWith(unpooled with { Prompt = "" }));
    }

    [Fact]
    public void Precision_alone_does_not_part_two_spaces() => Assert.True(Space.IsInterchangeableWith(Space with { Precision = "bfloat16" }));

    [Fact]
    public void Anything_else_does()
    {
        EmbeddingSpace[] others =
        [
            Space with { Model = "other" }, Space with { Revision = null }, Space with { Weights = "0011223344556677-int8" }, Space with { Pooling = "cls" },
            Space with { Prompt = "" }, Space with { Dimensions = 383 }, Space with { Normalized = false },
            Space with { Library = "sentence-transformers" },
        ];

        Assert.All(others, other => Assert.False(Space.IsInterchangeableWith(other)));
        Assert.Equal(others.Length, others.Select(other => other.ToString()).Append(Space.ToString()).Distinct().Count() - 1);
    }
}
