using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Requests;

/// <summary>What a request gets back, as its rows come in: vectors, token counts, and what was cut.</summary>
/// <param name="plan">What the request asks for.</param>
/// <param name="inputs">Its inputs.</param>
/// <param name="model">The model.</param>
internal sealed class RequestVectors(RequestPlan plan, TokenizedInputs inputs, ModelDescription model)
{
    private readonly float[] values = new float[inputs.Lengths.Length * plan.Dimensions];
    private readonly bool[] truncated = inputs.Truncated;
    private readonly int[] tokens = model switch
    {
        LibraryModel => new int[inputs.Lengths.Length],
        StaticModel table => inputs.LengthsWithout(table.NoToken),
        TransformerModel { PoolsPrompt: false } transformer => inputs.LengthsWithout(transformer.PromptEnd),
        _ => inputs.Lengths,
    };

    /// <summary>The tokens of all inputs, as computed.</summary>
    public int TotalTokens => tokens.Sum();

    /// <summary>The tokens of each input.</summary>
    public IReadOnlyList<int> Tokens => tokens;

    /// <summary>For each input, whether it was cut.</summary>
    public IReadOnlyList<bool> Truncated => truncated;

    /// <summary>The first input that was cut; negative when none was.</summary>
    public int FirstTruncated => Array.IndexOf(truncated, true);

    /// <summary>Takes the row of an input. Rows of different inputs may come at once.</summary>
    public void Take(int input, ReadOnlySpan<float> row)
    {
        if (model is LibraryModel)
        {
            // The worker counts, and says by the sign whether it cut.
            tokens[input] = (int)Math.Abs(row[^1]);
            truncated[input] = row[^1] < 0;
        }

        Vectors.Finish(row[..model.Dimension], plan.Normalize, values.AsSpan(input * plan.Dimensions, plan.Dimensions));
    }

    /// <summary>The vectors, one for each input.</summary>
    public ReadOnlyMemory<float>[] ToVectors()
    {
        var vectors = new ReadOnlyMemory<float>[inputs.Lengths.Length];
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = values.AsMemory(i * plan.Dimensions, plan.Dimensions);
        }

        return vectors;
    }
}
