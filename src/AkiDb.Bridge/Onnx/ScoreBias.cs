using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Writes into a graph what is added to the scores because of where query and key stand: what is out of sight, and what a distance counts.</summary>
internal sealed class ScoreBias
{
    private readonly OnnxGraph graph;
    private readonly bool isCausal;
    private readonly int? reach;
    private readonly string? slopes;
    private readonly string? shares;
    private readonly int farthest;

    /// <param name="graph">The graph.</param>
    /// <param name="architecture">The architecture.</param>
    /// <param name="prefix">What stands before the tensors' names.</param>
    /// <param name="reach">How far a token sees, to one side; null for all.</param>
    public ScoreBias(OnnxGraph graph, TransformerArchitecture architecture, string prefix, int? reach)
    {
        this.graph = graph;
        this.reach = reach;
        isCausal = architecture.Attention.IsCausal;
        if (architecture is not EncoderArchitecture encoder)
        {
            return;
        }

        if (encoder.Layout.HasAlibi)
        {
            slopes = graph.Constant(OnnxElement.Float32, [encoder.Heads, 1, 1], MemoryMarshal.AsBytes<float>(AlibiSlopes.Of(encoder.Heads)));
        }

        if (encoder.RelativeBuckets > 0)
        {
            farthest = encoder.LongestText - 1;
            var weight = graph.Weight(prefix + EncoderArchitecture.RelativeBias, encoder.RelativeBuckets, encoder.Heads);
            var buckets = graph.Integers(RelativePositions.Buckets(farthest));
            shares = graph.Op("Gather", [weight, buckets], OnnxAttribute.Integer("axis", 0));
        }
    }

    /// <summary>Whether nothing is added.</summary>
    public bool IsNothing => !isCausal && reach is null && slopes is null && shares is null;

    /// <summary>What is added for each query and key: [heads, queries, keys], or [1, queries, keys] where it is the same for all heads.</summary>
    /// <param name="queries">The queries' positions.</param>
    /// <param name="keys">The keys' positions.</param>
    public string Between(string queries, string keys)
    {
        var distances = graph.Op("Sub", [graph.Op("Unsqueeze", [keys, graph.Integers(0)]), graph.Op("Unsqueeze", [queries, graph.Integers(1)])]);
        string?[] parts =
        [
            shares is null ? null : Shares(distances),
            slopes is null ? null : graph.Op("Mul", [graph.Cast(graph.Op("Abs", [distances]), OnnxElement.Float32), slopes]),
            !isCausal && reach is null ? null : Hidden(distances),
        ];
        return parts.OfType<string>().Aggregate((sum, part) => graph.Op("Add", [sum, part]));
    }

    /// <summary>Padding may stand farther away than any token; what it counts is masked anyway.</summary>
    private string Shares(string distances)
    {
        var within = graph.Op("Min", [graph.Op("Max", [distances, graph.Integer(-farthest)]), graph.Integer(farthest)]);
        var all = graph.Op("Gather", [shares!, graph.Op("Add", [within, graph.Integer(farthest)])], OnnxAttribute.Integer("axis", 0));
        return graph.Op("Transpose", [all], OnnxAttribute.Integers("perm", 2, 0, 1));
    }

    private string Hidden(string distances)
    {
        var behind = isCausal ? graph.Op("Greater", [distances, graph.Integer(0)]) : null;
        var far = reach is { } most ? graph.Op("Greater", [graph.Op("Abs", [distances]), graph.Integer(most)]) : null;
        var hidden = behind is null ? far! : far is null ? behind : graph.Op("Or", [behind, far]);
        return graph.Op("Unsqueeze", [graph.Op("Where", [hidden, graph.Float(RunInputs.Masked), graph.Float(0)]), graph.Integers(0)]);
    }
}
