using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>What TLS needs, from PEM files that are followed. New connections get what the files hold now; with a mistake in them, what they held before.</summary>
internal sealed class CertificateFiles
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly Lock gate = new();
    private readonly HttpOptions options;
    private readonly ILogger logger;
    private FileContent[] seen;
    private FileContent[] used;
    private volatile SslServerAuthenticationOptions current;

    /// <param name="options">Where the files are; there must be a certificate's.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="OptionsValidationException">They cannot be used.</exception>
    public CertificateFiles(HttpOptions options, ILogger<CertificateFiles> logger)
    {
        (this.options, this.logger) = (options, logger);
        seen = used = Read();
        try
        {
            current = Load(used);
        }
        catch (Exception error) when (IsOfTheFiles(error))
        {
            throw new OptionsValidationException(nameof(HttpOptions), typeof(HttpOptions), [Sentence(error)]);
        }
    }

    /// <summary>What a new connection is encrypted with. A copy: the server completes it for the connection.</summary>
    public SslServerAuthenticationOptions Current => new()
    {
        ServerCertificateContext = current.ServerCertificateContext,
        ClientCertificateRequired = current.ClientCertificateRequired,
        CertificateChainPolicy = current.CertificateChainPolicy?.Clone(),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
    };

    /// <summary>Looks at the files, and takes what they hold when it has changed and then stayed the same: they may be being written.</summary>
    public void Look()
    {
        lock (gate)
        {
            var now = Read();
            var isSettled = now.SequenceEqual(seen);
            seen = now;
            if (!isSettled || now.SequenceEqual(used))
            {
                return;
            }

            used = now;
            try
            {
                current = Load(now);
                Log.CertificateRead(logger, current.ServerCertificateContext!.TargetCertificate.Subject, current.ServerCertificateContext.TargetCertificate.NotAfter);
            }
            catch (Exception error) when (IsOfTheFiles(error))
            {
                Log.CertificateNotRead(logger, Sentence(error));
            }
        }
    }

    private FileContent[] Read() => [FileContent.Read(options.CertificateFile), FileContent.Read(KeyFile), options.ClientCaFile.Length > 0 ? FileContent.Read(options.ClientCaFile) : new FileContent([], default, null)];

    private string KeyFile => options.CertificateKeyFile.Length > 0 ? options.CertificateKeyFile : options.CertificateFile;

    private SslServerAuthenticationOptions Load(FileContent[] files)
    {
        var (pem, key) = (Text(files[0], options.CertificateFile), Text(files[1], KeyFile));
        using var ephemeral = X509Certificate2.CreateFromPem(pem, key);
        X509Certificate2Collection chain = [];
        chain.ImportFromPem(pem);
        var authorities = new X509Certificate2Collection(chain.Skip(1).ToArray());

        // Windows cannot serve with a key that was never stored.
        var certificate = OperatingSystem.IsWindows()
            ? X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null)
            : X509Certificate2.CreateFromPem(pem, key);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, authorities, offline: true),
            ClientCertificateRequired = options.ClientCaFile.Length > 0,
            CertificateChainPolicy = options.ClientCaFile.Length > 0 ? PolicyOf(Text(files[2], options.ClientCaFile)) : null,
        };
    }

    private static X509ChainPolicy PolicyOf(string pem)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(pem);
        if (policy.CustomTrustStore.Count == 0)
        {
            throw new CryptographicException("there is no certificate in ClientCaFile.");
        }

        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return policy;
    }

    private static string Text(FileContent content, string path) => content.Bytes is { } bytes
        ? Encoding.ASCII.GetString(bytes)
        : throw new IOException($"'{path}': {content.Failure ?? "there is no such file."}");

    private static bool IsOfTheFiles(Exception error) => error is IOException or CryptographicException or ArgumentException;

    private static string Sentence(Exception error) =>
        $"Bridge:Http:CertificateFile, CertificateKeyFile or ClientCaFile cannot be used: {error.Message} They must be PEM, and the key must be the certificate's.";
}
