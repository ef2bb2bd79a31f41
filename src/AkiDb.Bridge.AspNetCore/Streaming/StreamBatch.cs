namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>Lines that are embedded together, and what becomes of them.</summary>
/// <param name="lines">The lines, in their order.</param>
internal sealed class StreamBatch(IReadOnlyList<StreamLine> lines) : IDisposable
{
    public IReadOnlyList<StreamLine> Lines { get; } = lines;

    /// <summary>What the answers take up until they are sent.</summary>
    public List<IDisposable> Accounts { get; } = [];

    /// <summary>The answers that need only be sent; empty before there are answers.</summary>
    public AnswersAhead Ahead { get; } = new();

    /// <summary>The answers, in the order of the lines.</summary>
    public Task<LineAnswer[]> Answers { get; set; } = Task.FromResult(Array.Empty<LineAnswer>());

    /// <inheritdoc/>
    public void Dispose()
    {
        Ahead.Dispose();
        Accounts.ForEach(account => account.Dispose());
    }
}
