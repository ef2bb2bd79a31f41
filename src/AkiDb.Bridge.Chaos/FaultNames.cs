namespace AkiDb.Bridge.Chaos;

/// <summary>Faults as the command line and the verdict name them.</summary>
internal static class FaultNames
{
    public static string Of(Fault fault) => fault.ToString().ToLowerInvariant();
}
