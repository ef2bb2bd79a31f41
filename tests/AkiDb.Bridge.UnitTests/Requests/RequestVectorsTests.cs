using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class RequestVectorsTests
{
    private static readonly RequestPlan Plan = new("", 2, Normalize: false, 0);

    [Fact]
    public void Every_input_keeps_its_own_row_in_whatever_order_they_come()
    {
        var vectors = new RequestVectors(Plan, Inputs(3, 4), TestModel.Bert());

        vectors.Take(1, [3, 4]);
        vectors.Take(0, [1, 2]);

        Assert.Equal([[1, 2], [3, 4]], vectors.ToVectors().Select(vector => vector.ToArray()));
        Assert.Equal([3, 4], vectors.Tokens);
        Assert.Equal((7, -1), (vectors.TotalTokens, vectors.FirstTruncated));
    }

    [Fact]
    public void Worker_that_tokenises_counts_and_says_by_the_sign_whether_it_cut()
    {
        var vectors = new RequestVectors(Plan, Inputs(30, 40, 50), TestModel.Library());

        vectors.Take(0, [1, 2, 8]);
        vectors.Take(1, [3, 4, -256]);
        vectors.Take(2, [5, 6, 0]);

        Assert.Equal([8, 256, 0], vectors.Tokens);
        Assert.Equal([false, true, false], vectors.Truncated);
        Assert.Equal((264, 1), (vectors.TotalTokens, vectors.FirstTruncated));
        Assert.Equal([3, 4], vectors.ToVectors()[1].ToArray());
    }

    [Fact]
    public void Ids_that_are_no_tokens_are_not_counted()
    {
        var unpooled = TestModel.Bert() with { PoolsPrompt = false };
        var table = new StaticModel
        {
            Id = "test/model",
            Folder = "/models/test",
            Table = new TensorEntry("/models/test/model.safetensors", "F32", [100, 2], 0, 800),
            Weights = unpooled.Weights,
            TokenizerFile = unpooled.TokenizerFile,
            Normalize = true,
            MaxTokens = 256,
            Prompts = unpooled.Prompts,
        };

        Assert.Equal([2, 1], new RequestVectors(Plan, new TokenizedInputs(new[] { 5, unpooled.PromptEnd, 6, 7 }, [3, 1], new bool[2]), unpooled).Tokens);
        Assert.Equal([1, 0], new RequestVectors(Plan, new TokenizedInputs(new[] { 5, table.NoToken }, [1, 1], new bool[2]), table).Tokens);
    }

    private static TokenizedInputs Inputs(params int[] lengths) => new(new int[lengths.Sum()], lengths, new bool[lengths.Length]);
}
