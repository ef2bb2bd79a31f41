namespace AkiDb.Bridge.Models;

/// <summary>Which parts of an encoder's layers have a bias.</summary>
/// <param name="Query">Query, key and value.</param>
/// <param name="AttentionOutput">The attention's output.</param>
/// <param name="Up">The first linear layers behind the attention, the gate included.</param>
/// <param name="Down">The last linear layer.</param>
/// <param name="Norm">Every normalisation.</param>
internal sealed record EncoderBiases(bool Query, bool AttentionOutput, bool Up, bool Down, bool Norm)
{
    /// <summary>BERT's.</summary>
    public static readonly EncoderBiases All = new(true, true, true, true, true);
}
