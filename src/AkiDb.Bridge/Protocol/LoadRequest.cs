using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Protocol;

/// <summary>What a worker is asked to load.</summary>
/// <param name="Model">The model, as the host has read it.</param>
/// <param name="Device">Where to compute: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:N</c>, <c>mps</c>.</param>
/// <param name="Dtype">What to compute in: <c>auto</c>, <c>float32</c>, <c>bfloat16</c>, <c>float16</c>.</param>
/// <param name="Threads">Threads of one forward pass; 0 leaves it to the environment.</param>
/// <param name="BatchTokens">Tokens of one micro-batch.</param>
internal sealed record LoadRequest(ModelDescription Model, string Device, string Dtype, int Threads, int BatchTokens)
{
    /// <summary>What computes it in the worker, as <c>ready</c> says it.</summary>
    public string Encoder => Model is LibraryModel ? LibraryModel.Library : "torch";
}
