namespace AkiDb.Bridge.Host.Files;

/// <summary>Where the vectors of an input go, in the order of its rows.</summary>
internal interface IVectorOutput : IAsyncDisposable
{
    /// <summary>Writes the rows of one portion.</summary>
    /// <param name="rows">The rows, those without a vector among them.</param>
    /// <param name="bad">The rows among them that have none, and why.</param>
    /// <param name="end">How many rows of the input are done with them.</param>
    /// <param name="digest">A digest of all these rows.</param>
    /// <exception cref="IOException">They cannot be written.</exception>
    Task WriteAsync(IReadOnlyList<VectorRow> rows, IReadOnlyList<BadRow> bad, long end, string digest);

    /// <summary>Keeps what was written, where the work ends before the input does.</summary>
    Task SaveAsync();

    /// <summary>The input has ended.</summary>
    Task CompleteAsync();
}
