using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>
/// Turns [B, S, heads x head size] into one matrix for each head, and back. Where query heads share a key/value head, the matrices have one dimension
/// more, so that nothing is repeated: [B, key/value heads, query heads of each, S, head size].
/// </summary>
internal sealed class HeadShapes(OnnxGraph graph, AttentionShape shape)
{
    private readonly bool shares = shape.Heads > shape.KeyValueHeads;

    /// <summary>The axis of the queries, and of the values.</summary>
    public int QueryAxis => shares ? 3 : 2;

    /// <summary>The axis of the keys, and of the masked tokens.</summary>
    public int KeyAxis => QueryAxis + 1;

    /// <summary>The axes that [B, S] lacks.</summary>
    public long[] MaskAxes => shares ? [1, 2, 3] : [1, 2];

    /// <summary>The axes that [heads, queries, keys] lacks.</summary>
    public long[] BiasAxes => shares ? [0, 1] : [0];

    /// <summary>The shape of one query for each text.</summary>
    public long[] OneQuery => shares ? [-1, shape.KeyValueHeads, shape.Heads / shape.KeyValueHeads, 1, shape.HeadSize] : [-1, shape.Heads, 1, shape.HeadSize];

    public string Queries(string x) => shares
        ? Split(x, [0, 2, 3, 1, 4], shape.KeyValueHeads, shape.Heads / shape.KeyValueHeads)
        : Split(x, [0, 2, 1, 3], shape.Heads);

    public string Keys(string x) => shares ? Split(x, [0, 2, 3, 4, 1], shape.KeyValueHeads, 1) : Split(x, [0, 2, 3, 1], shape.Heads);

    public string Values(string x) => shares ? Split(x, [0, 2, 3, 1, 4], shape.KeyValueHeads, 1) : Split(x, [0, 2, 1, 3], shape.Heads);

    /// <summary>The heads of a token side by side again; reshaping makes them one dimension.</summary>
    public string Joined(string context) =>
        graph.Op("Transpose", [context], shares ? OnnxAttribute.Integers("perm", 0, 3, 1, 2, 4) : OnnxAttribute.Integers("perm", 0, 2, 1, 3));

    private string Split(string x, long[] order, params ReadOnlySpan<long> heads)
    {
        var split = graph.Op("Reshape", [x, graph.Integers([0, 0, .. heads, shape.HeadSize])]);
        return graph.Op("Transpose", [split], OnnxAttribute.Integers("perm", order));
    }
}
