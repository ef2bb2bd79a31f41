using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Access;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Who may come in: the keys and the certificate, read as the server reads them when it starts. With a mistake in them it does not start.</summary>
internal static class AccessCheck
{
    private const string Name = "access";

    /// <param name="options">What the server is to be.</param>
    /// <param name="time">The clock.</param>
    public static Check Of(HttpOptions options, TimeProvider time)
    {
        try
        {
            ListenRule.Check(options);
            _ = new ApiKeyRing(options.ApiKeys, time, NullLogger<ApiKeyRing>.Instance);
            if (options.CertificateFile.Length > 0)
            {
                _ = new CertificateFiles(options, NullLogger<CertificateFiles>.Instance);
            }

            var keys = options.ApiKeys.Count == 0 ? "everybody who reaches the address" : "whoever has a key";
            return Check.Pass(Name, $"{keys}{(options.CertificateFile.Length > 0 ? ", over TLS" : "")}");
        }
        catch (OptionsValidationException invalid)
        {
            return Check.Fail(Name, string.Join(' ', invalid.Failures), "Correct it where it was given, or let this user read the file: 'akidb-bridge serve' does not start.");
        }
    }
}
