namespace AkiDb.Bridge.Host.Files;

/// <summary>A row of an output.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="Vector">Its vector; null where its text could not be embedded. An array that is null would be an empty vector instead.</param>
internal readonly record struct VectorRow(RowId Id, ReadOnlyMemory<float>? Vector);
