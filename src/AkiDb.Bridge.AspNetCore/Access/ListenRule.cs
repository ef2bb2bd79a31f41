using System.Net;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>A server that others reach has keys, or is told not to have any.</summary>
internal static class ListenRule
{
    /// <exception cref="OptionsValidationException">It would let everybody in who reaches it, and nobody has said so.</exception>
    public static void Check(HttpOptions options)
    {
        if (options is { GrpcPort: not null, CertificateFile.Length: 0 } && !IsLoopback(options.Host))
        {
            throw new OptionsValidationException(
                nameof(HttpOptions),
                typeof(HttpOptions),
                [$"Bridge:Http:GrpcPort is {options.GrpcPort} on {options.Host}, which others reach, and there is no certificate: gRPC without TLS is for a loopback address. Set Bridge:Http:CertificateFile, or Bridge:Http:Host=127.0.0.1."]);
        }

        if (options is { AllowAnonymous: false, ApiKeys.Count: 0 } && !IsLoopback(options.Host))
        {
            throw new OptionsValidationException(
                nameof(HttpOptions),
                typeof(HttpOptions),
                [$"Bridge:Http:Host is {options.Host}, which others reach, and there is no key: everybody could come in. Set Bridge:Http:ApiKeys (AKIDB_BRIDGE__HTTP__APIKEYS__0), or Bridge:Http:AllowAnonymous=true if that is meant."]);
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || IPAddress.IsLoopback(IPAddress.Parse(host));
}
