using System.Text;
using AkiDb.Bridge.AspNetCore;
using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>
/// Texts that are submitted together. Their answers come to a stream of the job's own, which keeps them: it can be read again from its beginning, by whoever
/// was broken off.
/// </summary>
/// <param name="options">The broker and its queues.</param>
/// <param name="name">The job's name.</param>
internal sealed class Job(QueueOptions options, string name)
{
    // From then on a refusal passes: a broker that starts again has its virtual hosts later than its port, and a password file is written while it is read.
    private volatile bool wasLetIn;

    /// <summary>The stream that its answers come to.</summary>
    /// <exception cref="InvalidDataException">No queue can be called so.</exception>
    public string Stream { get; } = $"{options.Name}.job.{name}" is var stream && Encoding.UTF8.GetByteCount(stream) <= QueueSection.LongestName
        ? stream
        : throw new InvalidDataException($"The stream of the job's answers would be called '{options.Name}.job.{name}', which has more than {QueueSection.LongestName} bytes. Choose a shorter --job or --queue.");

    /// <summary>The nodes and the virtual host of the broker, without who asks.</summary>
    public string Broker { get; } = string.Join(
        ' ', OptionLists.Of(options.Uri).Select(node => new Uri(node).GetComponents(UriComponents.HostAndPort | UriComponents.Path, UriFormat.UriEscaped)).Order(StringComparer.Ordinal));

    /// <summary>The job's name.</summary>
    public string Name => name;

    /// <summary>Connects, and declares the work queue.</summary>
    /// <exception cref="InvalidDataException">The broker does not let us in, or a queue is not there, or was declared otherwise.</exception>
    /// <exception cref="IOException">The same, of a broker that has let us in before.</exception>
    public async Task<IConnection> OpenAsync(CancellationToken cancellationToken) => (await OpenAsync(hasTexts: false, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The same for whoever has put texts into the work queue: another one in its place would be without them.</summary>
    /// <param name="hasTexts">Whether it has texts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when it had texts and is gone.</returns>
    /// <inheritdoc cref="OpenAsync(CancellationToken)" path="/exception"/>
    public async Task<IConnection?> OpenAsync(bool hasTexts, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await OpenOnceAsync(hasTexts, cancellationToken).ConfigureAwait(false);
            wasLetIn = true;
            return connection;
        }
        catch (InvalidDataException error) when (wasLetIn)
        {
            // It is trouble that passes.
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Removes the stream: all answers are where they are needed.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await using (channel.ConfigureAwait(false))
            {
                await channel.QueueDeleteAsync(Stream, ifUnused: false, ifEmpty: false, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<IConnection?> OpenOnceAsync(bool hasTexts, CancellationToken cancellationToken)
    {
        var connection = await new BrokerConnections(options).OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (hasTexts && !await QueueTopology.HasAsync(connection, options.Name, cancellationToken).ConfigureAwait(false))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                return null;
            }

            await QueueTopology.DeclareAsync(connection, options, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
