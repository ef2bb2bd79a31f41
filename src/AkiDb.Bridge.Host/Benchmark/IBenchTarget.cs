namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>The bridge that is measured. Nothing is tried twice: what fails has failed.</summary>
internal interface IBenchTarget : IAsyncDisposable
{
    /// <summary>What it is, for the report.</summary>
    string Name { get; }

    /// <summary>Embeds texts.</summary>
    /// <returns>Why it failed, in a word; null when it was answered.</returns>
    Task<string?> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken);
}
