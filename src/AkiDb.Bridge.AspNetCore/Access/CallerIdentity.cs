using AkiDb.Bridge.Admission;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Who asks, and what that lets them do. <see cref="AccessGuard"/> finds it out, once for a request.</summary>
/// <param name="Account">Whose turn it is and whose memory is charged: the key, else the address.</param>
/// <param name="Scopes">What the caller may do.</param>
internal sealed record CallerIdentity(string Account, ApiKeyScopes Scopes)
{
    /// <summary>The key's name; null without one.</summary>
    public string? KeyName { get; init; }

    /// <summary>How many tokens the key gets; null for any number.</summary>
    public CallerAllowance? Allowance { get; init; }

    /// <summary>Whether paths of this machine are shown.</summary>
    public bool SeesPaths { get; init; }

    /// <summary>Whether the caller may see more of the host than whether it is well.</summary>
    public bool SeesDetails => Scopes.HasFlag(ApiKeyScopes.Admin);

    /// <summary>Whether the caller may know the embedding space, which every answer with vectors names.</summary>
    public bool SeesSpace => (Scopes & (ApiKeyScopes.Embed | ApiKeyScopes.Admin)) != ApiKeyScopes.None;

    /// <summary>The caller of a request; where no guard has looked at it yet, or there is no such route, somebody who may do nothing.</summary>
    public static CallerIdentity Of(HttpContext context) => context.Features.Get<CallerIdentity>() ?? new CallerIdentity(CallerAddress.Of(context), ApiKeyScopes.None)
    {
        SeesPaths = CallerAddress.IsOnThisMachine(context),
    };

    /// <summary>Opens the request's account.</summary>
    public RequestAccount Open(ResourceLedger ledger) => ledger.Open(Account, Allowance);
}
