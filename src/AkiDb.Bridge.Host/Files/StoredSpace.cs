using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.Host.Files;

/// <summary>The embedding space beside vectors that are stored.</summary>
internal static class StoredSpace
{
    /// <summary>What says which vectors may be compared; as a demand, it leaves the precision open.</summary>
    public static string WithoutPrecision(string space) => SpaceDemand.WithoutPrecision(space);

    /// <summary>Whether vectors of both may be compared: all is equal but the precision.</summary>
    public static bool IsSame(string one, string other) => WithoutPrecision(one) == WithoutPrecision(other);

    /// <summary>Refuses vectors of another space than that of those before.</summary>
    /// <exception cref="BridgeException">It is another one.</exception>
    public static void Expect(string before, string now)
    {
        if (!IsSame(before, now))
        {
            throw new BridgeException(new BridgeError(BridgeErrorKind.SpaceMismatch, $"Vectors of the space {now} have come, and those before are in {before}: they must not be mixed.")
            {
                Spaces = new SpaceMismatch(before, now),
            });
        }
    }
}
