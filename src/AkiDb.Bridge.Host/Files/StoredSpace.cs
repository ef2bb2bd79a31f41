using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.Host.Files;

/// <summary>The embedding space beside vectors that are stored.</summary>
internal static class StoredSpace
{
    /// <summary>What says which vectors may be compared; as a demand, it leaves the precision open.</summary>
    public static string WithoutPrecision(string space) => SpaceDemand.WithoutPrecision(space);

    /// <summary>Whether vectors of both may be compared: all is equal but the precision.</summary>
    public static bool IsSame(string one, string other) => WithoutPrecision(one) == WithoutPrecision(other);
}
