using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes the attention of every layer into a graph: short texts at once, a long one in blocks of queries.</summary>
internal sealed class AttentionLayers
{
    private readonly OnnxGraph graph;
    private readonly TransformerArchitecture architecture;
    private readonly string prefix;
    private readonly AttentionShape shape;
    private readonly HeadShapes heads;
    private readonly Dictionary<RotaryPositions, RotaryTable> rotaries = [];
    private readonly Dictionary<int, (ScoreBias Bias, string AtOnce)> biases = [];

    // The graph's values that all layers share: the padding's mask, the padded length, and whether that is short.
    private readonly string padding;
    private readonly string length;
    private readonly string isShort;

    public AttentionLayers(OnnxGraph graph, TransformerModel model)
    {
        this.graph = graph;
        architecture = model.Architecture;
        prefix = model.Weights.Prefix;
        shape = architecture.Attention;
        heads = new HeadShapes(graph, shape);
        BlockQueries = AttentionBlocks.Queries(model);
        padding = graph.Op("Unsqueeze", [graph.Input(GraphInput.Mask), graph.Integers(heads.MaskAxes)]);
        length = graph.Op("Gather", [graph.Op("Shape", [graph.Input(GraphInput.PaddedRows)]), graph.Integer(1)], OnnxAttribute.Integer("axis", 0));
        isShort = graph.Op("LessOrEqual", [length, graph.Integer(AttentionBlocks.LongestAtOnce)]);
    }

    /// <summary>The queries of one block; 0 where no text is long enough for blocks.</summary>
    public int BlockQueries { get; }

    /// <summary>Whether a layer's attention can be computed for the pooled tokens' queries alone: nothing depends on where they stand.</summary>
    public bool TakesPooledQueries(int layer) => architecture.RotaryOf(layer).Theta == 0 && BiasOf(layer).Bias.IsNothing;

    /// <summary>The attention of a layer.</summary>
    /// <param name="layer">Its number.</param>
    /// <param name="query">The queries of the packed tokens, [T, heads x head size]; of the pooled tokens, [B, ...], where <see cref="TakesPooledQueries"/> and <paramref name="pooledOnly"/>.</param>
    /// <param name="key">The keys, [T, key/value heads x head size].</param>
    /// <param name="value">The values, of the same shape.</param>
    /// <param name="pooledOnly">Whether only the pooled tokens' rows are wanted.</param>
    /// <returns>[T, heads x head size], or [B, heads x head size].</returns>
    public string Apply(int layer, string query, string key, string value, bool pooledOnly)
    {
        var keys = heads.Keys(Padded(layer, key, shape.KeyValueHeads));
        var values = heads.Values(Rows(value, GraphInput.PaddedRows));
        if (pooledOnly && TakesPooledQueries(layer))
        {
            var pooled = graph.Op("Reshape", [query, graph.Integers(heads.OneQuery)]);
            return graph.Op("Reshape", [Context(pooled, keys, values, padding), graph.Integers(-1, shape.QuerySize)]);
        }

        var queries = heads.Queries(Padded(layer, query, shape.Heads));
        var (bias, atOnce) = BiasOf(layer);
        var context = BlockQueries == 0
            ? AtOnce(queries, keys, values, atOnce)
            : graph.If(isShort, () => AtOnce(queries, keys, values, atOnce), () => InBlocks(queries, keys, values, bias, architecture.ReachOf(layer)));
        return Rows(context, pooledOnly ? GraphInput.PooledPaddedRows : GraphInput.PackedRows);
    }

    private string AtOnce(string queries, string keys, string values, string bias) =>
        graph.Op("Reshape", [heads.Joined(Context(queries, keys, values, bias)), graph.Integers(-1, shape.QuerySize)]);

    private string InBlocks(string queries, string keys, string values, ScoreBias bias, int? reach)
    {
        var blocks = graph.Repeat(graph.Op("Div", [length, graph.Integer(BlockQueries)]), block =>
        {
            var start = graph.Op("Mul", [block, graph.Integer(BlockQueries)]);
            var end = graph.Op("Add", [start, graph.Integer(BlockQueries)]);
            var first = reach is { } before ? graph.Op("Max", [graph.Op("Sub", [start, graph.Integer(before)]), graph.Integer(0)]) : graph.Integer(0);
            var last = shape.IsCausal ? end : reach is { } behind ? graph.Op("Min", [graph.Op("Add", [end, graph.Integer(behind)]), length]) : length;
            var context = Context(
                Slice(queries, start, end, heads.QueryAxis),
                Slice(keys, first, last, heads.KeyAxis),
                Slice(values, first, last, heads.QueryAxis),
                Combined(bias, Slice(padding, first, last, heads.KeyAxis), Positions(start, end), Positions(first, last)));
            return graph.Op("Reshape", [heads.Joined(context), graph.Integers(0, BlockQueries, shape.QuerySize)]);
        });
        return graph.Op("Reshape", [graph.Op("Transpose", [blocks], OnnxAttribute.Integers("perm", 1, 0, 2, 3)), graph.Integers(-1, shape.QuerySize)]);
    }

    private string Context(string queries, string keys, string values, string bias)
    {
        var scores = graph.Op("Mul", [graph.Op("MatMul", [queries, keys]), graph.Float(shape.Scale)]);
        var shares = graph.Op("Softmax", [graph.Op("Add", [scores, bias])], OnnxAttribute.Integer("axis", -1));
        return graph.Op("MatMul", [shares, values]);
    }

    /// <summary>What is added to the scores of a layer: as such, and for short texts.</summary>
    private (ScoreBias Bias, string AtOnce) BiasOf(int layer)
    {
        var reach = architecture.ReachOf(layer);
        if (!biases.TryGetValue(reach ?? int.MaxValue, out var known))
        {
            var bias = new ScoreBias(graph, architecture, prefix, reach);
            biases[reach ?? int.MaxValue] = known = (bias, bias.IsNothing ? padding : AtOnce(bias));
        }

        return known;
    }

    /// <summary>For all queries and keys. It is not made for a long text, of which it would be as large as the scores.</summary>
    private string AtOnce(ScoreBias bias)
    {
        return BlockQueries == 0
            ? All()
            : graph.If(isShort, All, () => graph.Op("Identity", [graph.Float(0)]));

        string All()
        {
            var all = Positions(graph.Integer(0), length);
            return Combined(bias, padding, all, all);
        }
    }

    private string Combined(ScoreBias bias, string mask, string queries, string keys) => bias.IsNothing
        ? mask
        : graph.Op("Add", [mask, graph.Op("Unsqueeze", [bias.Between(queries, keys), graph.Integers(heads.BiasAxes)])]);

    /// <summary>[T, heads x head size] to turned heads in the padded shape, [B, S, heads x head size].</summary>
    private string Padded(int layer, string x, int headCount)
    {
        var padded = Rows(x, GraphInput.PaddedRows);
        var rotary = architecture.RotaryOf(layer);
        if (rotary.Theta == 0)
        {
            return padded;
        }

        if (!rotaries.TryGetValue(rotary, out var table))
        {
            rotaries[rotary] = table = new RotaryTable(graph, shape.HeadSize, rotary);
        }

        return table.Rotate(padded, headCount);
    }

    private string Positions(string first, string last) => graph.Op("Range", [first, last, graph.Integer(1)]);

    private string Slice(string x, string first, string last, int axis) => graph.Op(
        "Slice", [x, graph.Op("Unsqueeze", [first, graph.Integers(0)]), graph.Op("Unsqueeze", [last, graph.Integers(0)]), graph.Integers(axis)]);

    private string Rows(string x, GraphInput rows) => graph.Op("Gather", [x, graph.Input(rows)], OnnxAttribute.Integer("axis", 0));
}
