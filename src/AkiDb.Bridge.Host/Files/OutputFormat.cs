namespace AkiDb.Bridge.Host.Files;

/// <summary>How vectors are written.</summary>
internal enum OutputFormat
{
    /// <summary><c>{"id": ..., "embedding": [...]}</c>, a line each.</summary>
    JsonLines,

    /// <summary>NumPy's format 1.0: little-endian float32, row after row.</summary>
    Npy,

    /// <summary>The name and the components of a vector, separated by commas.</summary>
    Csv,

    /// <summary>Little-endian float32, row after row, and nothing else.</summary>
    Float32,

    /// <summary>Apache Parquet: a column of names and a column of lists.</summary>
    Parquet,
}
