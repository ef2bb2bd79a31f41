using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace AkiDb.Bridge.Benchmarks.Dotnet;

/// <summary>
/// A tokeniser that .NET programs use, and one session of ONNX Runtime with its defaults: a run for each text, the mean of its tokens, length 1. What the connectors of the field do,
/// put together here: those themselves are not to be had from every registry.
/// </summary>
/// <param name="model">The ordinary graph's file.</param>
/// <param name="encode">The token ids of a text, special ones included, cut.</param>
internal sealed class TextARunPeer(string model, Func<string, long[]> encode) : IDisposable
{
    // As Microsoft.SemanticKernel.Connectors.Onnx has it by default; the model itself was made for 256.
    private const int MaxTokens = 512;

    private readonly InferenceSession session = new(model);
    private readonly RunOptions run = new();

    /// <summary>With the tokeniser that Microsoft.SemanticKernel.Connectors.Onnx has.</summary>
    public static TextARunPeer WithFastBertTokenizer(string model, string vocabulary)
    {
        var tokenizer = new FastBertTokenizer.BertTokenizer();
        using var reader = File.OpenText(vocabulary);
        tokenizer.LoadVocabulary(reader, convertInputToLowercase: true);
        return new TextARunPeer(model, text =>
        {
            var (ids, mask) = (new long[MaxTokens], new long[MaxTokens]);
            return ids[..tokenizer.Encode(text, ids, mask)];
        });
    }

    /// <summary>With Microsoft's own tokeniser.</summary>
    public static TextARunPeer WithMicrosoftTokenizer(string model, string vocabulary)
    {
        var tokenizer = Microsoft.ML.Tokenizers.BertTokenizer.Create(vocabulary);
        return new TextARunPeer(model, text => [.. tokenizer.EncodeToIds(text, MaxTokens, out _, out _).Select(id => (long)id)]);
    }

    public float[] Embed(string text)
    {
        var ids = encode(text);
        long[] shape = [1, ids.Length];
        var mask = new long[ids.Length];
        Array.Fill(mask, 1);
        using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, shape);
        using var maskValue = OrtValue.CreateTensorValueFromMemory(mask, shape);
        using var typesValue = OrtValue.CreateTensorValueFromMemory(new long[ids.Length], shape);
        using var outputs = session.Run(run, ["input_ids", "attention_mask", "token_type_ids"], [idsValue, maskValue, typesValue], ["last_hidden_state"]);
        var hidden = outputs[0].GetTensorDataAsSpan<float>();
        var vector = new float[hidden.Length / ids.Length];
        for (var token = 0; token < ids.Length; token++)
        {
            TensorPrimitives.Add(vector, hidden.Slice(token * vector.Length, vector.Length), vector);
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
        return vector;
    }

    public void Dispose()
    {
        session.Dispose();
        run.Dispose();
    }
}
