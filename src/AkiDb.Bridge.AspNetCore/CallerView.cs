using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>What a caller may see of this machine's paths: those with the scope <c>admin</c>; where there are no keys, whoever is on this machine, and not somebody for whom a proxy here asks.</summary>
internal readonly struct CallerView
{
    private readonly bool seesPaths;

    private CallerView(bool seesPaths) => this.seesPaths = seesPaths;

    public static CallerView Of(HttpContext context) => new(CallerIdentity.Of(context).SeesPaths);

    /// <summary>A sentence as the caller may read it.</summary>
    public string Show(string sentence) => seesPaths ? sentence : LocalPaths.Hide(sentence);
}
