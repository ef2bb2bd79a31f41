using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Requests;

/// <summary>The embedding space that a caller's index was built in: it is answered in that one, or not at all.</summary>
internal static class SpaceDemand
{
    // Several times what a space of a long name takes.
    private const int LongestShown = 1_000;

    private const string PrecisionMember = ";precision=";

    /// <summary>Whether a space is the one that is demanded. The precision counts if the demand names it: each that computed must be among those that are named.</summary>
    public static bool IsMet(string demand, EmbeddingSpace space) =>
        IsMetButForPrecision(demand, space) && (Divide(demand).Precision is not { } named || space.Precision.Split(',').All(named.Split(',').Contains));

    /// <summary>Whether all but the precision, which is only known when engines have computed, is as demanded.</summary>
    public static bool IsMetButForPrecision(string demand, EmbeddingSpace space) => Divide(demand).Others == Divide(space.ToString()).Others;

    /// <summary>What of a space says which vectors may be compared: all but the precision.</summary>
    public static string WithoutPrecision(string space) => Divide(space).Others;

    /// <summary>The refusal of a request that would be answered in another space. What is too long for a space comes back shortened: a request must not make its answer large.</summary>
    public static BridgeError Refuse(string demand, EmbeddingSpace space)
    {
        var shown = ForeignText.Cut(demand, LongestShown);
        return new BridgeError(
            BridgeErrorKind.SpaceMismatch,
            $"The space that is demanded is '{shown}', but this would be answered in '{space}': vectors of the two must not be compared. Ask a host that serves the first, or build the index anew.")
        {
            Member = "space",
            Spaces = new SpaceMismatch(shown, space.ToString()),
        };
    }

    private static (string Others, string? Precision) Divide(string space)
    {
        var start = space.LastIndexOf(PrecisionMember, StringComparison.Ordinal);
        if (start < 0)
        {
            return (space, null);
        }

        var value = start + PrecisionMember.Length;
        var end = space.IndexOf(';', value);
        end = end < 0 ? space.Length : end;
        return (space[..start] + space[end..], space[value..end]);
    }
}
