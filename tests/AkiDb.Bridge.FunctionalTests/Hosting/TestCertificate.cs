using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A certificate with its key, made for a test: its own authority, or signed by another one.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="subject">Such as <c>CN=first</c>.</param>
    /// <param name="authority">Who signs it; null for itself.</param>
    /// <param name="isAuthority">Whether it signs others, which one that signs itself always may.</param>
    public TestCertificate(string subject, TestCertificate? authority = null, bool isAuthority = false)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(authority is null || isAuthority, false, 0, true));
        var (from, to) = (DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        using var made = authority is null ? request.CreateSelfSigned(from, to) : request.Create(authority.WithKey, from, to.AddYears(-1), [1, 2, 3]);
        Pem = made.ExportCertificatePem();
        WithKey = X509Certificate2.CreateFromPem(Pem, KeyPem);
    }

    /// <summary>The certificate and its key.</summary>
    public X509Certificate2 WithKey { get; }

    public string Pem { get; }

    public string KeyPem => key.ExportPkcs8PrivateKeyPem();

    /// <summary>Writes both, and gives the switches that have a server use them.</summary>
    public string[] WriteTo(TemporaryFolder folder, string name = "tls")
    {
        var (certificate, key) = (Path.Combine(folder.Path, $"{name}.crt"), Path.Combine(folder.Path, $"{name}.key"));
        File.WriteAllText(key, KeyPem);
        File.WriteAllText(certificate, Pem);
        return ["--set", $"Http:CertificateFile={certificate}", "--set", $"Http:CertificateKeyFile={key}"];
    }

    public void Dispose()
    {
        WithKey.Dispose();
        key.Dispose();
    }
}
