namespace AkiDb.Bridge.Host.Files;

/// <summary>Writes vectors in one format to a stream that it does not own.</summary>
/// <remarks>The same rows in the same portions give the same bytes, however often the writing was broken off between two portions and gone on with.</remarks>
internal interface IRowWriter : IAsyncDisposable
{
    /// <summary>Writes rows. One without a vector keeps its place where rows have no names, and is left out elsewhere.</summary>
    ValueTask WriteAsync(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken);

    /// <summary>Gives everything to the stream, if the format can be gone on with from here.</summary>
    /// <returns>From where; null where it cannot, until more rows have come.</returns>
    ValueTask<WriterPosition?> SaveAsync(CancellationToken cancellationToken);

    /// <summary>Makes the stream a whole file of the format.</summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken);
}
