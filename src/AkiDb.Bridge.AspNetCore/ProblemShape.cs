using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Writes a refusal or failure as an ecosystem's clients expect it.</summary>
/// <param name="context">The request.</param>
/// <param name="problem">What happened.</param>
internal delegate Task ProblemShape(HttpContext context, Problem problem);
