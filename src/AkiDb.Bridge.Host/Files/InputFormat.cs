namespace AkiDb.Bridge.Host.Files;

/// <summary>How the rows of an input are written.</summary>
internal enum InputFormat
{
    /// <summary>A line, a text.</summary>
    Text,

    /// <summary>A JSON object, or a string, a line.</summary>
    JsonLines,

    /// <summary>Comma-separated values, the first row being the columns' names.</summary>
    Csv,

    /// <summary>Tab-separated values, the first row being the columns' names.</summary>
    Tsv,

    /// <summary>Apache Parquet.</summary>
    Parquet,
}
