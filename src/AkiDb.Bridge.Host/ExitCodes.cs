namespace AkiDb.Bridge.Host;

/// <summary>How the program ends: 0 only if it did what it was asked to do.</summary>
internal static class ExitCodes
{
    /// <summary>Stopped on request, or the input was read to its end.</summary>
    public const int Success = 0;

    /// <summary>A failure that none of the others names.</summary>
    public const int Failure = 1;

    /// <summary>The command line cannot be parsed.</summary>
    public const int Usage = 2;

    /// <summary>A line of the input cannot be embedded.</summary>
    public const int BadInput = 65;

    /// <summary>Another program listens on the address.</summary>
    public const int AddressInUse = 69;

    /// <summary>An internal error.</summary>
    public const int InternalError = 70;

    /// <summary>A value is not accepted, wherever it was given, or a model's folder cannot be served.</summary>
    public const int NotAccepted = 78;

    // As shells report a program that a signal has ended.
    private const int Signalled = 128;

    /// <summary>Nobody reads the output any more (SIGPIPE).</summary>
    public const int NobodyReads = Signalled + 13;

    /// <summary>Interrupted by a signal, before the work was done.</summary>
    public static int Interrupted(int signal) => Signalled + signal;
}
