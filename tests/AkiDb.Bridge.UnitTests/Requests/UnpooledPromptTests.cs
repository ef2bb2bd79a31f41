using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Models;

namespace AkiDb.Bridge.UnitTests.Requests;

/// <summary>Where pooling begins in texts behind a prompt that is not pooled, against the library.</summary>
public sealed class UnpooledPromptTests
{
    private const string Bert = "tiny-bert-cls";

    private const string NoTokenAtTheEnd = """
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}}}
        """;

    public static TheoryData<string> Models => [.. PromptCases.All.Select(item => item.Model).Distinct()];

    [Theory]
    [MemberData(nameof(Models))]
    public void Tokens_have_the_mark_where_the_library_begins_to_pool(string name)
    {
        using var copy = Copy(name);
        var model = copy.Read();
        using var content = model.Content;
        var tokenizer = TokenizerFile.Load(model);

        foreach (var ((prompt, text), expected) in PromptCases.Pairs.Zip(PromptCases.Ids(name)))
        {
            var work = Work(tokenizer, model, prompt, text);

            Assert.Null(work.Refusal);
            Assert.Equal(expected, work.ToInputs().Ids.ToArray());
        }
    }

    [Fact]
    public void Equal_texts_of_a_request_have_the_mark_too()
    {
        using var copy = Copy(Bert);
        var model = copy.Read();
        using var content = model.Content;

        var inputs = Work(TokenizerFile.Load(model), model, "query: ", "A text.", "Another.", "A text.").ToInputs();

        Assert.Equal(3, inputs.Ids.Span.Count(model.PromptEnd));
        Assert.Equal(inputs.Ids[..inputs.Lengths[0]].ToArray(), inputs.Ids[^inputs.Lengths[0]..].ToArray());
    }

    [Fact]
    public void Long_text_behind_a_prompt_is_cut_and_said_to_be()
    {
        using var copy = Copy(Bert);
        var model = copy.Read();
        using var content = model.Content;

        var inputs = Work(TokenizerFile.Load(model), model, "query: ", "A text.", string.Join(' ', Enumerable.Repeat("word", 2 * model.MaxTokens))).ToInputs();

        Assert.Equal([false, true], inputs.Truncated);
        Assert.Equal(model.MaxTokens, inputs.LengthsWithout(model.PromptEnd)[1]);
    }

    [Fact]
    public void Text_of_which_nothing_stands_behind_the_prompt_is_refused_by_its_number()
    {
        using var copy = WithoutTokenAtTheEnd();
        var model = copy.Read();
        using var content = model.Content;
        var tokenizer = TokenizerFile.Load(model);

        var refusal = Work(tokenizer, model, "query: ", "A text.", "").Refusal;

        Assert.Equal((BridgeErrorKind.BadInput, 1), (refusal!.Kind, refusal.InputIndex));
        Assert.Contains("behind the prompt", refusal.Message, StringComparison.Ordinal);
        Assert.Null(Work(tokenizer, model, "", "").Refusal);
        Assert.Equal(0, Work(tokenizer, model, "query: ", "", "A text.").Refusal!.InputIndex);
    }

    [Theory]
    [InlineData("[MASK]", 4)]
    [InlineData("query", 7)]
    public void Special_token_that_the_prompt_itself_ends_in_is_pooled(string end, int unpooled)
    {
        using var copy = WithoutTokenAtTheEnd();
        var model = copy.Read();
        using var content = model.Content;

        var ids = Work(TokenizerFile.Load(model), model, $"query {end}", " text").ToInputs().Ids.Span;

        Assert.Equal(unpooled, ids.IndexOf(model.PromptEnd));
    }

    [Fact]
    public void Prompt_that_ends_in_a_special_token_without_a_name_is_refused()
    {
        using var copy = WithoutTokenAtTheEnd("tiny-mpnet", NoTokenAtTheEnd.Replace("[CLS]", "<s>", StringComparison.Ordinal).Replace("101", "0", StringComparison.Ordinal));
        var model = copy.Read();
        using var content = model.Content;

        var refusal = Work(TokenizerFile.Load(model), model, "query <unk>", "text").Refusal;

        Assert.Contains("Worker:Encoder", refusal!.Message, StringComparison.Ordinal);
    }

    /// <summary>A model that pools without the prompt's tokens, and puts none behind a text.</summary>
    internal static ModelCopy WithoutTokenAtTheEnd() => WithoutTokenAtTheEnd(Bert, NoTokenAtTheEnd);

    private static ModelCopy WithoutTokenAtTheEnd(string name, string template) =>
        Copy(name).Set("tokenizer.json", "post_processor", template).Set("tokenizer_config.json", "tokenizer_class", "\"PreTrainedTokenizerFast\"");

    private static ModelCopy Copy(string name)
    {
        var copy = new ModelCopy(name);
        foreach (var (file, member, value) in PromptCases.Changes(name, "mean"))
        {
            copy.Set(file, member, value);
        }

        return copy;
    }

    private static TokenizeWork Work(Tokenizer tokenizer, TransformerModel model, string prompt, params string[] texts)
    {
        var plan = new RequestPlan(prompt, model.Dimension, model.Normalize, 0);
        var time = new RequestTime(TimeProvider.System, TimeProvider.System.GetTimestamp(), TimeSpan.MaxValue);
        var work = new TokenizeWork(tokenizer, model, new EmbeddingRequest { Inputs = texts }, plan, time, TestContext.Current.CancellationToken);
        while (!work.Continue())
        {
        }

        return work;
    }
}
