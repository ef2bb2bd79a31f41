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
    /// <summary>Where the worker finds the model's files.</summary>
    public SealedPaths Files { get; init; } = new(Model.WeightFiles, Model.Folder);

    /// <summary>What computes it in the worker, as <c>ready</c> says it.</summary>
    public string Encoder => Model is LibraryModel ? LibraryModel.Library : "torch";

    /// <summary>What a worker says of the files, with the names that the user knows.</summary>
    public string Readable(string message) => Files.Weights.Zip(Model.WeightFiles)
        .Aggregate(message.Replace(Files.Folder, Model.Folder, StringComparison.Ordinal), (text, file) => text.Replace(file.First, file.Second, StringComparison.Ordinal));

    /// <summary>The same request with files that nobody can change.</summary>
    public async Task<LoadRequest> SealAsync(CancellationToken cancellationToken) =>
        this with { Files = await Task.Run(() => Model.Seal(cancellationToken), cancellationToken).ConfigureAwait(false) };
}
