using System.Net;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Hub;

/// <summary>What the hub's refusals mean, as sentences.</summary>
internal static class HubRefusal
{
    /// <summary>Whether the same question may be answered a little later.</summary>
    public static bool MayPass(HttpStatusCode status) => (int)status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <exception cref="BridgeException">The hub has no such model or revision (<see cref="BridgeErrorKind.UnknownModel"/>).</exception>
    /// <exception cref="HubException">It refuses.</exception>
    public static void ThrowUnlessGood(HttpResponseMessage response, HubName name, HubAccess access)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var code = response.Headers.TryGetValues("X-Error-Code", out var codes) ? codes.First() : "";
        throw (code, response.StatusCode) switch
        {
            ("GatedRepo", _) => new HubException(
                $"{name.Id} is gated: accept its terms on its page on the hub, then let {access.TokenSource ?? "HF_TOKEN"} have a token of the account that did."),
            ("RevisionNotFound", _) => new BridgeException(
                BridgeErrorKind.UnknownModel, $"The hub has no revision '{name.Revision ?? HubDownload.DefaultRevision}' of {name.Id}. Name a branch, a tag or a commit that it has."),
            (_, HttpStatusCode.RequestedRangeNotSatisfiable) => new TransientHubException("The hub has no such part of the file."),
            (_, HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) when access.Token is not null => new HubException(
                $"The hub does not give {name.Id} to the token in {access.TokenSource}: there is no such model, or the token has expired or may not read it."),
            (_, HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) => new HubException(
                $"The hub does not give {name.Id} to everybody: there is no such model, or it is private. If it is yours, set HF_TOKEN to a token that may read it."),
            (_, HttpStatusCode.NotFound) => new BridgeException(BridgeErrorKind.UnknownModel, $"The hub at {access.Endpoint} has no {name.Id}.{AdviceFor(name)}"),
            _ => new HubException(
                $"The hub at {access.Endpoint} answers {(int)response.StatusCode} {ForeignText.Shorten(response.ReasonPhrase ?? "")}. Look at HF_ENDPOINT and the proxy variables."),
        };
    }

    private static string AdviceFor(HubName name) => name.Id.Contains('/', StringComparison.Ordinal)
        ? " Look at the name's spelling, capital letters included."
        : $" Most models are called ORGANISATION/NAME, such as sentence-transformers/{name.Id}.";
}
