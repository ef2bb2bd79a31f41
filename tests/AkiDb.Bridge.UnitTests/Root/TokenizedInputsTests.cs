using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Root;

public sealed class TokenizedInputsTests
{
    private static readonly Tokenizer Tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));

    [Fact]
    public void Ids_of_all_inputs_stand_one_after_the_other()
    {
        var inputs = Tokenize(["one", "two words", "", "one"]);
        var batch = inputs.ToBatch();

        Assert.Equal([3, 4, 2, 3], inputs.Lengths);
        Assert.Equal(12, inputs.Total);
        Assert.Equal(batch.Slice(0, 1).Ids.ToArray(), batch.Slice(3, 1).Ids.ToArray());
        Assert.Equal(Tokenize(["two words"]).ToBatch().Ids.ToArray(), batch.Slice(1, 1).Ids.ToArray());
    }

    [Fact]
    public void Prompt_stands_before_every_input()
    {
        Assert.Equal(
            Tokenize(["query: one"]).ToBatch().Ids.ToArray(),
            Tokenize(["two", "one"], prompt: "query: ").ToBatch().Slice(1, 1).Ids.ToArray());
    }

    [Fact]
    public void Long_input_is_cut_and_said_to_be()
    {
        var inputs = Tokenize(["short", string.Join(' ', Enumerable.Repeat("word", 1000))]);

        Assert.Equal([false, true], inputs.Truncated);
        Assert.Equal(256, inputs.Lengths[1]);
    }

    [Fact]
    public void Long_input_is_refused_where_it_may_not_be_cut()
    {
        var (inputs, error) = TokenizedInputs.Tokenize(
            ["short", string.Join(' ', Enumerable.Repeat("word", 1000))], "", TestModel.Bert(), Tokenizer, truncate: false, TestContext.Current.CancellationToken);

        Assert.Null(inputs);
        Assert.Equal((BridgeErrorKind.TooLong, 1), (error!.Kind, error.InputIndex));
        Assert.Contains("1002 tokens", error.Message, StringComparison.Ordinal);
    }

    private static TokenizedInputs Tokenize(string[] inputs, string prompt = "") =>
        TokenizedInputs.Tokenize(inputs, prompt, TestModel.Bert(), Tokenizer, truncate: true, TestContext.Current.CancellationToken).Inputs!;
}
