using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>One refusal or failure, as its caller gets it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">One of <see cref="ProblemCodes"/>.</param>
/// <param name="Detail">What happened, to what, and what to do.</param>
internal sealed record Problem(int Status, string Code, string Detail)
{
    /// <summary>The index of the input that it is about.</summary>
    public int? InputIndex { get; init; }

    /// <summary>The member of the request that it is about, by its name on AkiDB's route.</summary>
    public string? Member { get; init; }

    /// <summary>The space that was demanded, and the one that the request would be answered in; null for everything else.</summary>
    public SpaceMismatch? Spaces { get; init; }

    /// <summary>When to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the connection ends with it.</summary>
    public bool Closes { get; init; }

    /// <summary>Whether a key would help.</summary>
    public bool NeedsKey { get; init; }

    /// <summary>The bridge itself has failed; the log has the exception.</summary>
    public static Problem Internal { get; } = new(
        StatusCodes.Status500InternalServerError, ProblemCodes.Internal,
        "The request failed inside the bridge itself; the log of the host says how. Nothing is known to be wrong with it.");

    public static Problem Of(BridgeError error) => new(StatusCodeTable.StatusOf(error.Kind), ProblemCodes.Of(error.Kind), error.Message)
    {
        InputIndex = error.InputIndex,
        Member = error.Member,
        Spaces = error.Spaces,
        RetryAfter = error.RetryAfter,
    };
}
