namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>One broker, shared by the tests of a class; each uses queues of its own.</summary>
public sealed class RabbitBroker : IAsyncLifetime
{
    internal RabbitCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (RabbitCluster.Missing is null)
        {
            Cluster = await RabbitCluster.StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }
}
