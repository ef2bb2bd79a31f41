using Akidb.Embedding.V1;
using Grpc.Net.Client;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A gRPC client of a host: .NET's own.</summary>
internal sealed class GrpcCaller : IDisposable
{
    private readonly GrpcChannel channel;

    private GrpcCaller(Uri address, HttpMessageHandler? handler)
    {
        channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { MaxReceiveMessageSize = null, HttpHandler = handler, DisposeHttpClient = true });
        Service = new EmbeddingService.EmbeddingServiceClient(channel);
        Health = new Grpc.Health.V1.Health.HealthClient(channel);
    }

    public EmbeddingService.EmbeddingServiceClient Service { get; }

    public Grpc.Health.V1.Health.HealthClient Health { get; }

    /// <summary>Connects to a host's port for gRPC.</summary>
    /// <param name="host">The host.</param>
    /// <param name="handler">What carries the calls; null for .NET's own choice.</param>
    public static async Task<GrpcCaller> ConnectAsync(BridgeHost host, HttpMessageHandler? handler = null) => new(await host.GrpcAddressAsync(), handler);

    public async Task<EmbedResponse> EmbedAsync(params string[] texts)
    {
        var request = new EmbedRequest();
        request.Texts.AddRange(texts);
        return await Service.EmbedAsync(request, cancellationToken: TestContext.Current.CancellationToken);
    }

    public async Task<float[][]> VectorsAsync(params string[] texts) => [.. (await EmbedAsync(texts)).Embeddings.Select(embedding => embedding.Values.ToArray())];

    public void Dispose() => channel.Dispose();
}
