namespace AkiDb.Bridge.Pickles;

/// <summary>Where a list of values on a pickle's stack begins.</summary>
internal sealed class PickleMark
{
    public static PickleMark Instance { get; } = new();
}
