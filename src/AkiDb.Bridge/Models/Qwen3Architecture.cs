namespace AkiDb.Bridge.Models;

/// <summary>A Qwen3 decoder: grouped-query attention with q/k norms, rotary positions, SwiGLU.</summary>
internal sealed record Qwen3Architecture : TransformerArchitecture
{
    public required int KeyValueHeads { get; init; }
    public required int HeadSize { get; init; }
    public required double RmsNormEpsilon { get; init; }
    public required double RopeTheta { get; init; }

    public override string Name => "qwen3";
}
