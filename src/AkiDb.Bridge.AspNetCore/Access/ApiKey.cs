using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>A key that lets somebody in now.</summary>
/// <param name="Name">What logs and metrics call whoever has it.</param>
/// <param name="Hash">The hash of the key.</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Allowance">How many tokens it gets; null for any number.</param>
internal sealed record ApiKey(string Name, byte[] Hash, ApiKeyScopes Scopes, CallerAllowance? Allowance);
