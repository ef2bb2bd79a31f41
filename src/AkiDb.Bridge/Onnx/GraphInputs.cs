namespace AkiDb.Bridge.Onnx;

/// <summary>The names, types and dimensions that the graph's inputs and output have.</summary>
internal static class GraphInputs
{
    public const string Output = "rows";

    /// <summary>How many inputs there are.</summary>
    public const int Count = (int)GraphInput.PoolMask + 1;

    public static string Name(this GraphInput input) => input.ToString();

    public static OnnxElement Element(this GraphInput input) =>
        input is GraphInput.Mask or GraphInput.PoolWeights or GraphInput.PoolMask ? OnnxElement.Float32 : OnnxElement.Int32;

    public static bool IsMatrix(this GraphInput input) => input is GraphInput.PaddedRows or GraphInput.Mask or GraphInput.PoolWeights or GraphInput.PoolMask;

    public static bool IsPerText(this GraphInput input) => input is GraphInput.PooledRows or GraphInput.PooledPaddedRows;

    public static string[] Dimensions(this GraphInput input) => input.IsMatrix() ? ["B", "S"] : [input.IsPerText() ? "B" : "T"];

    /// <summary>The number of elements for a micro-batch.</summary>
    public static int Size(this GraphInput input, MicroBatch batch) =>
        input.IsMatrix() ? checked(batch.Texts * batch.Longest) : input.IsPerText() ? batch.Texts : batch.Tokens;
}
