namespace AkiDb.Bridge.Protocol;

/// <summary>What precedes the floats of a <c>rows</c> answer.</summary>
/// <param name="Id">The id of the embed request.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Dimension">The number of values in a row.</param>
/// <param name="ComputeMicroseconds">The time that the model took.</param>
internal readonly record struct RowsHeader(long Id, int Count, int Dimension, long ComputeMicroseconds)
{
    public TimeSpan Compute => TimeSpan.FromMicroseconds(ComputeMicroseconds);
}
