namespace AkiDb.Bridge.Protocol;

/// <summary>What this host speaks. The wire is described in README.md beside this file.</summary>
internal static class ProtocolVersion
{
    public const int Current = 1;

    /// <summary>The largest frame either side accepts unless told otherwise: 64 MiB.</summary>
    public const int DefaultMaxFrameBytes = 64 * 1024 * 1024;

    /// <summary>The largest frame that is not a <c>rows</c> answer: nothing else has a reason to be big.</summary>
    public const int MaxSmallFrameBytes = 1024 * 1024;
}
