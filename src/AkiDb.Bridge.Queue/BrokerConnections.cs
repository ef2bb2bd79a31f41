using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AkiDb.Bridge.AspNetCore;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.Queue;

/// <summary>Opens connections to the broker. They do not come back by themselves: what was under way on one is of no use on the next.</summary>
/// <param name="options">Where the broker is, and who we are.</param>
internal sealed class BrokerConnections(QueueOptions options)
{
    // A node that is cut off says nothing: it is given up after two of these.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    // A node that is frozen takes connections, and says nothing on them; the library would wait for it without end.
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    // What no broker takes more than. With less the library would end the connection at a larger message, and so again whenever it is handed out,
    // each time with all others that were handed out with it.
    private const uint LargestMessage = 512 << 20;

    /// <summary>Opens one, to any node of the cluster.</summary>
    /// <exception cref="InvalidDataException">The broker does not let us in, or a file is not what it must be: no other try would help.</exception>
    /// <exception cref="BrokerUnreachableException">No node answers.</exception>
    /// <exception cref="TimeoutException">One has taken the connection, and says nothing.</exception>
    public async Task<IConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var uris = OptionLists.Of(options.Uri).Select(uri => new Uri(uri)).ToList();
        var factory = new ConnectionFactory
        {
            Uri = uris[0],
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = Heartbeat,
            RequestedConnectionTimeout = ConnectTimeout,
            MaxInboundMessageBodySize = LargestMessage,
            ClientProvidedName = $"akidb-bridge {Environment.MachineName} {Environment.ProcessId}",
        };
        if (options.PasswordFile.Length > 0)
        {
            factory.Password = (await ReadAsync(options.PasswordFile, cancellationToken).ConfigureAwait(false)).Trim();
        }

        // One after the other in an order of its own: all hosts of a fleet would else be on one node.
        var endpoints = uris.Select(uri => new AmqpTcpEndpoint(uri, Tls(uri))).ToArray();
        Random.Shared.Shuffle(endpoints);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HandshakeTimeout + (endpoints.Length * ConnectTimeout));
        try
        {
            return await EnterAsync(await factory.CreateConnectionAsync(endpoints, limit.Token).ConfigureAwait(false), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("a node has taken the connection and said nothing on it");
        }
        catch (BrokerUnreachableException error) when (Causes(error).OfType<AuthenticationFailureException>().FirstOrDefault() is { } refused)
        {
            throw new InvalidDataException($"The broker does not let the user '{factory.UserName}' in. Correct Bridge:Queue:Uri or PasswordFile.", refused);
        }
        catch (Exception error) when (Causes(error).OfType<OperationInterruptedException>().FirstOrDefault() is { ShutdownReason.ReplyCode: Constants.NotAllowed } refused && !IsFull(refused))
        {
            throw new InvalidDataException($"The broker has no virtual host '{factory.VirtualHost}' for the user '{factory.UserName}'. Correct Bridge:Queue:Uri.", refused);
        }
    }

    // The library does not wait for the broker's word on the virtual host: that comes instead of the first channel.
    private static async Task<IConnection> EnterAsync(IConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    // The same number says that there are as many connections as there may be: others will leave.
    private static bool IsFull(OperationInterruptedException refused) => refused.ShutdownReason!.ReplyText.Contains("limit", StringComparison.Ordinal);

    private SslOption Tls(Uri uri)
    {
        if (uri.Scheme != "amqps")
        {
            return new SslOption();
        }

        var tls = new SslOption(uri.Host, enabled: true);
        if (options.CertificateFile.Length > 0)
        {
            tls.Certs = [OfFile(options.CertificateFile, file => X509Certificate2.CreateFromPemFile(file, options.CertificateKeyFile.Length > 0 ? options.CertificateKeyFile : null))];
        }

        if (options.CaFile.Length > 0)
        {
            var authorities = OfFile(options.CaFile, file =>
            {
                var read = new X509Certificate2Collection();
                read.ImportFromPemFile(file);
                return read.Count > 0 ? read : throw new CryptographicException("There is no certificate in it.");
            });
            tls.CertificateValidationCallback = (_, certificate, sent, errors) =>
                certificate is X509Certificate2 own && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None && IsSignedBy(own, sent, authorities);
        }

        return tls;
    }

    // The certificates between the broker's own and an authority's come with it.
    private static bool IsSignedBy(X509Certificate2 certificate, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        return chain.Build(certificate);
    }

    private static T OfFile<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidDataException($"'{file}' cannot be read as certificates in PEM.", error);
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException("The file of Bridge:Queue:PasswordFile cannot be read.", error);
        }
    }

    private static IEnumerable<Exception> Causes(Exception error) => error is AggregateException several
        ? several.InnerExceptions.SelectMany(Causes)
        : error.InnerException is { } inner ? Causes(inner).Prepend(error) : [error];
}
