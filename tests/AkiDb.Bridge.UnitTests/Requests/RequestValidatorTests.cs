using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class RequestValidatorTests
{
    private static readonly EmbeddingRequest Plain = new() { Inputs = ["x"] };

    [Fact]
    public void Plain_request_gets_the_models_own_way() =>
        Assert.Equal((new RequestPlan("", 8, true, 1), null), Validate(Plain, TestModel.Bert(8)));

    [Fact]
    public void Request_may_choose_what_the_model_can_do()
    {
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: " }, DefaultPromptName = "query" };

        Assert.Equal(new RequestPlan("q: ", 3, false, 4), Validate(Plain with { Dimensions = 3, Normalize = false, Pooling = "mean" }, model).Plan);
        Assert.Equal("q: ", Validate(Plain with { PromptName = "query" }, model).Plan.Prompt);
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

        Assert.Equal("mine: ", Validate(Plain with { Prompt = "mine: " }, model).Plan.Prompt);
        Assert.Equal("", Validate(Plain with { Prompt = "" }, model).Plan.Prompt);
    }

    [Fact]
    public void Literal_prompt_beside_a_named_one_is_refused() => AssertRefused(Plain with { Prompt = "mine: ", PromptName = "query" }, "'prompt'", "'prompt_name'");

    [Fact]
    public void Text_behind_a_prompt_that_is_not_pooled_cannot_lose_its_beginning()
    {
        var model = TestModel.Bert(8) with { PoolsPrompt = false };

        Assert.Equal("truncation_direction", Validate(Plain with { Prompt = "mine: ", TruncateFromStart = true }, model).Error!.Member);
        Assert.Null(Validate(Plain with { Prompt = "mine: " }, model).Error);
        Assert.Null(Validate(Plain with { TruncateFromStart = true }, model).Error);
        Assert.Null(Validate(Plain with { Prompt = "mine: ", TruncateFromStart = true }, TestModel.Bert(8)).Error);
    }

    [Fact]
    public void Vectors_that_the_library_normalises_cannot_be_had_otherwise()
    {
        Assert.Contains("normalises", Validate(Plain with { Normalize = false }, TestModel.Library(8)).Error!.Message, StringComparison.Ordinal);
        Assert.Null(Validate(Plain with { Normalize = false }, TestModel.Library(8) with { Normalize = false }).Error);
    }

    [Fact]
    public void Request_without_inputs_is_refused()
    {
        AssertRefused(Plain with { Inputs = [] }, "no inputs");
        AssertRefused(Plain with { Inputs = null! }, "no inputs");
    }

    [Fact]
    public void Null_among_the_inputs_is_refused_and_named() =>
        Assert.Equal((BridgeErrorKind.BadInput, 1), Facts(Plain with { Inputs = ["a", null!] }));

    [Fact]
    public void Too_much_is_refused_with_what_is_allowed()
    {
        Assert.Equal((BridgeErrorKind.TooLarge, null), Facts(Plain with { Inputs = [.. Enumerable.Repeat("a", 2_049)] }));
        Assert.Equal((BridgeErrorKind.TooLarge, 1), Facts(Plain with { Inputs = ["a", new string('a', 1_000_001)] }));
        Assert.Equal((BridgeErrorKind.TooLarge, null), Facts(Plain with { Prompt = new string('a', 1_000_001) }));
    }

    [Fact]
    public void As_much_as_is_allowed_is_not_refused()
    {
        Assert.Null(Validate(Plain with { Inputs = [.. Enumerable.Repeat("a", 2_048)] }, TestModel.Bert(8)).Error);
        Assert.Null(Validate(Plain with { Inputs = [new string('a', 1_000_000)] }, TestModel.Bert(8)).Error);
        Assert.Null(Validate(Ids([.. Enumerable.Repeat(new[] { 0, 99 }, 2_048)]), TestModel.Bert(8)).Error);
    }

    [Fact]
    public void Token_ids_that_are_none_of_the_models_are_refused_and_named()
    {
        Assert.Equal((BridgeErrorKind.UnknownToken, 1), Facts(Ids([1], [1, 100])));
        Assert.Equal((BridgeErrorKind.UnknownToken, 0), Facts(Ids([-1])));
    }

    [Fact]
    public void Token_ids_that_are_too_few_or_too_many_are_refused()
    {
        AssertRefused(Ids(), "at least one list of token ids");
        AssertRefused(Ids([1]) with { Inputs = ["a"] }, "both given");
        Assert.Equal((BridgeErrorKind.BadInput, 1), Facts(Ids([1], [])));
        Assert.Equal((BridgeErrorKind.TooLarge, null), Facts(Ids([.. Enumerable.Repeat(new[] { 1 }, 2_049)])));
    }

    [Fact]
    public void Request_may_have_as_much_in_all_as_is_allowed_and_no_more()
    {
        var options = new ModelOptions();
        (options.Admission.MaxInputChars, options.Admission.MaxRequestChars) = (8, 10);
        var ten = new EmbeddingRequest { Inputs = ["aa", "aa"], Prompt = "ppp" };

        Assert.Equal(10, Validate(ten, TestModel.Bert(8), options).Plan.Characters);
        Assert.Equal(BridgeErrorKind.TooLarge, Validate(ten with { Inputs = ["aa", "aaa"] }, TestModel.Bert(8), options).Error!.Kind);
        Assert.Equal(10, Validate(Ids([1, 2, 3, 4], [1, 2, 3, 4, 5, 6]), TestModel.Bert(8), options).Plan.Characters);
        Assert.Equal(BridgeErrorKind.TooLarge, Validate(Ids([1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7]), TestModel.Bert(8), options).Error!.Kind);
        Assert.Null(Validate(Plain with { Prompt = new string('p', 8) }, TestModel.Bert(8), options).Error);
        Assert.Equal(BridgeErrorKind.TooLarge, Validate(Plain with { Prompt = new string('p', 9) }, TestModel.Bert(8), options).Error!.Kind);
    }

    [Fact]
    public void Token_ids_are_taken_as_they_are_without_any_prompt()
    {
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: " }, DefaultPromptName = "query" };

        Assert.Equal((new RequestPlan("", 8, true, 2), null), Validate(Ids([1, 2]), model));
        Assert.Null(Validate(Ids([1, 2]) with { Prompt = "" }, model).Error);
        AssertRefused(Ids([1]) with { Prompt = "p" }, "not before token ids");
        AssertRefused(Ids([1]) with { PromptName = "query" }, "not before token ids");
    }

    [Fact]
    public void What_the_library_does_not_do_is_refused_where_it_tokenises()
    {
        var ids = Validate(Ids([1]), TestModel.Library(8)).Error!;
        var fromStart = Validate(Plain with { TruncateFromStart = true }, TestModel.Library(8)).Error!;

        Assert.Equal((BridgeErrorKind.BadInput, null), (ids.Kind, ids.Member));
        Assert.Equal((BridgeErrorKind.BadInput, "truncation_direction"), (fromStart.Kind, fromStart.Member));
    }

    [Fact]
    public void Refusal_says_which_member_is_wrong_and_what_there_is()
    {
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: ", ["passage"] = "p: " } };

        var error = Validate(Plain with { PromptName = "no" }, model).Error!;

        Assert.Equal("prompt_name", error.Member);
        Assert.Contains("it has 'passage', 'query'", error.Message, StringComparison.Ordinal);
        Assert.Equal("dimensions", Validate(Plain with { Dimensions = 9 }, model).Error!.Member);
    }

    [Fact]
    public void Request_that_asks_for_nothing_special_gets_the_models_default_prompt()
    {
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: " }, DefaultPromptName = "query" };

        Assert.Equal(new RequestPlan("q: ", 8, true, 0), new RequestValidator(model, new ModelOptions(), mayFallBack: false).Default);
    }

    [Fact]
    public void Vector_may_have_one_component() => Assert.Equal(1, Validate(Plain with { Dimensions = 1 }, TestModel.Bert(8)).Plan.Dimensions);

    [Fact]
    public void Prompt_counts_once_for_each_input()
    {
        var request = new EmbeddingRequest { Prompt = new string('p', 50_000), Inputs = [.. Enumerable.Repeat("", 2048)] };
        var error = Validate(request, TestModel.Bert(8)).Error!;

        Assert.Equal(BridgeErrorKind.TooLarge, error.Kind);
        Assert.Contains("102400000 characters", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Timeout_that_no_timer_can_take_is_refused()
    {
        AssertRefused(Plain with { Timeout = TimeSpan.Zero }, "timeout");
        AssertRefused(Plain with { Timeout = Timeout.InfiniteTimeSpan }, "timeout");
        AssertRefused(Plain with { Timeout = TimeSpan.MaxValue }, "24 hours");
        Assert.Null(Validate(Plain with { Timeout = TimeSpan.FromHours(24) }, TestModel.Bert(8)).Error);
    }

    [Fact]
    public void Choices_that_do_not_exist_are_refused()
    {
        AssertRefused(Plain with { Fallback = (FallbackPolicy)7 }, "'fallback'", "same-space");
        AssertRefused(Plain with { Priority = (EmbeddingPriority)7 }, "'priority'", "bulk");
        AssertRefused(Plain with { Fallback = FallbackPolicy.Any }, "no second model");
    }

    [Fact]
    public void Names_that_a_request_makes_up_are_shortened_and_escaped_in_the_refusal()
    {
        var name = "x\u001b[31m\r\n" + new string('y', 10_000_000);

        Assert.All(
            new[] { Plain with { Pooling = name }, Plain with { PromptName = name } },
            request =>
            {
                var message = Validate(request, TestModel.Bert(8)).Error!.Message;
                Assert.InRange(message.Length, 1, 400);
                Assert.DoesNotContain(message, char.IsControl);
            });
    }

    [Fact]
    public void Any_request_is_either_refused_with_a_sentence_or_asks_for_what_the_model_can_do()
    {
        // Every combination of values that are each right or wrong in one way.
        var model = TestModel.Bert(8) with { Prompts = new Dictionary<string, string> { ["query"] = "q: " } };
        var requests =
            from inputs in new string[]?[] { ["a"], ["", "b"], [], null, [null!] }
            from dimensions in new int?[] { null, 0, 8, 9 }
            from pooling in new[] { null, "mean", "cls" }
            from prompt in new[] { null, "", "p" }
            from promptName in new[] { null, "query", "no" }
            from timeout in new TimeSpan?[] { null, TimeSpan.FromSeconds(1), TimeSpan.Zero }
            from fallback in new FallbackPolicy?[] { null, FallbackPolicy.Off, FallbackPolicy.Any }
            select new EmbeddingRequest
            {
                Inputs = inputs!,
                Dimensions = dimensions,
                Pooling = pooling,
                Prompt = prompt,
                PromptName = promptName,
                Timeout = timeout,
                Fallback = fallback,
            };

        Assert.All(requests, request =>
        {
            var (plan, error) = Validate(request, model);
            var right = request.Inputs is { Count: > 0 } && request.Inputs[0] is not null && (request.Dimensions is null or 8) && (request.Pooling is null or "mean")
                && (request.Prompt is null || request.PromptName is null) && (request.PromptName is null or "query")
                && request.Timeout != TimeSpan.Zero && request.Fallback != FallbackPolicy.Any;
            Assert.Equal(right, error is null);
            if (right)
            {
                Assert.Equal(8, plan.Dimensions);
                Assert.Equal(request.Inputs!.Sum(text => text.Length + plan.Prompt.Length), plan.Characters);
            }
            else
            {
                Assert.EndsWith(".", error!.Message, StringComparison.Ordinal);
            }
        });
    }

    private static (BridgeErrorKind Kind, int? Input) Facts(EmbeddingRequest request) =>
        Validate(request, TestModel.Bert(8)).Error is { } error ? (error.Kind, error.InputIndex) : default;

    private static (RequestPlan Plan, BridgeError? Error) Validate(EmbeddingRequest request, ModelDescription model, ModelOptions? options = null) =>
        new RequestValidator(model, options ?? new ModelOptions(), mayFallBack: false).Validate(request);

    private static EmbeddingRequest Ids(params int[][] ids) => new() { Inputs = [], TokenIds = ids };

    private static void AssertRefused(EmbeddingRequest request, params string[] words)
    {
        var error = Validate(request, TestModel.Bert(8)).Error;

        Assert.Equal(BridgeErrorKind.BadInput, error!.Kind);
        Assert.All(words, word => Assert.Contains(word, error.Message, StringComparison.Ordinal));
    }
}
