namespace AkiDb.Bridge.Protocol;

/// <summary>Says where the floats of a <c>rows</c> answer go, so that they are read from the pipe straight into the caller's memory.</summary>
internal interface IRowsReceiver
{
    /// <summary>Takes hold of the memory of the request that <paramref name="header"/> answers.</summary>
    /// <param name="header">What the worker says it answers.</param>
    /// <param name="rows">The memory, exactly count x dimension floats. Nobody else touches it until <see cref="Complete"/>.</param>
    /// <returns>False when nothing waits for this id: the rows are read and thrown away.</returns>
    /// <exception cref="ProtocolException">The answer has not the shape of the request.</exception>
    bool TryClaim(RowsHeader header, out Memory<float> rows);

    /// <summary>All rows of a claimed answer have arrived.</summary>
    void Complete(RowsHeader header);
}
