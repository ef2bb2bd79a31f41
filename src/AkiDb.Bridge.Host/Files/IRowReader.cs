namespace AkiDb.Bridge.Host.Files;

/// <summary>Reads the rows of one input of one format. Memory does not grow with it.</summary>
internal interface IRowReader
{
    /// <summary>All rows, in their order; one that holds no text says why, and reading goes on behind it.</summary>
    /// <exception cref="InvalidDataException">It is not of this format, or damaged: what follows cannot be read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    IAsyncEnumerable<SourceRow> ReadAsync(CancellationToken cancellationToken);
}
