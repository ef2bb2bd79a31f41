namespace AkiDb.Bridge.UnitTests.Doubles;

internal static class StreamExtensions
{
    /// <summary>The stream, to be read from its start.</summary>
    public static Stream Rewound(this Stream stream)
    {
        stream.Position = 0;
        return stream;
    }
}
