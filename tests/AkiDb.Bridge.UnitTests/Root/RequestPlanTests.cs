using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Root;

public sealed class RequestPlanTests
{
    private static readonly EmbeddingRequest Plain = new() { Inputs = ["x"] };

    [Fact]
    public void Plain_request_gets_the_models_own_way() =>
        Assert.Equal((new RequestPlan("", 8, true), null), RequestPlan.Resolve(Plain, TestModel.Bert(8)));

    [Fact]
    public void Request_may_choose_what_the_model_can_do()
    {
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: " }, DefaultPromptName = "query" };

        Assert.Equal(new RequestPlan("q: ", 3, false), RequestPlan.Resolve(Plain with { Dimensions = 3, Normalize = false, Pooling = "mean" }, model).Plan);
        Assert.Equal("q: ", RequestPlan.Resolve(Plain with { PromptName = "query" }, model).Plan.Prompt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(9)]
    [InlineData(int.MaxValue)]
    public void Dimensions_that_the_model_lacks_are_refused(int dimensions) =>
        AssertRefused(Plain with { Dimensions = dimensions }, dimensions.ToString(System.Globalization.CultureInfo.InvariantCulture), "1 to 8");

    [Theory]
    [InlineData("cls")]
    [InlineData("Mean")]
    [InlineData("")]
    public void Another_pooling_is_refused(string pooling) => AssertRefused(Plain with { Pooling = pooling }, $"'{pooling}'", "'mean'");

    [Theory]
    [InlineData("query")]
    [InlineData("")]
    public void Unknown_prompt_is_refused(string name) => AssertRefused(Plain with { PromptName = name }, $"'{name}'", "it has none");

    [Fact]
    public void Literal_prompt_is_taken_as_it_is_and_an_empty_one_is_none()
    {
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: " }, DefaultPromptName = "query" };

        Assert.Equal("mine: ", RequestPlan.Resolve(Plain with { Prompt = "mine: " }, model).Plan.Prompt);
        Assert.Equal("", RequestPlan.Resolve(Plain with { Prompt = "" }, model).Plan.Prompt);
    }

    [Fact]
    public void Literal_prompt_beside_a_named_one_is_refused() => AssertRefused(Plain with { Prompt = "mine: ", PromptName = "query" }, "'prompt'", "'prompt_name'");

    [Fact]
    public void Prompt_that_the_model_would_not_pool_is_refused()
    {
        var model = TestModel.Bert(8) with { PoolsPrompt = false };

        Assert.Contains("sentence-transformers", RequestPlan.Resolve(Plain with { Prompt = "mine: " }, model).Error!.Message, StringComparison.Ordinal);
        Assert.Null(RequestPlan.Resolve(Plain with { Prompt = "" }, model).Error);
    }

    [Fact]
    public void Vectors_that_the_library_normalises_cannot_be_had_otherwise()
    {
        Assert.Contains("normalises", RequestPlan.Resolve(Plain with { Normalize = false }, TestModel.Library(8)).Error!.Message, StringComparison.Ordinal);
        Assert.Null(RequestPlan.Resolve(Plain with { Normalize = false }, TestModel.Library(8) with { Normalize = false }).Error);
    }

    private static void AssertRefused(EmbeddingRequest request, params string[] words)
    {
        var error = RequestPlan.Resolve(request, TestModel.Bert(8)).Error;

        Assert.Equal(BridgeErrorKind.BadInput, error!.Kind);
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }
}
