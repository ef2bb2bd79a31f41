using System.Buffers.Binary;
using System.Threading.Channels;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Onnx;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.WorkerDouble;

/// <summary>A worker's side of the protocol: one loop reads and answers pings, another one loads and computes.</summary>
/// <param name="input">What the host writes.</param>
/// <param name="output">What the host reads.</param>
internal sealed class Conversation(Stream input, Stream output) : IAsyncDisposable
{
    private readonly Channel<HostMessage> work = Channel.CreateUnbounded<HostMessage>();
    private readonly FrameWriter writer = new(output, ProtocolVersion.DefaultMaxFrameBytes);
    private TransformerModel? model;
    private OnnxEngine? engine;
    private long served;
    private long running;

    /// <summary>Speaks until the host has no more to say.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        await writer.WriteAsync(0, (buffer, _) => WorkerMessages.WriteHello(buffer), CancellationToken.None);
        var computing = ComputeAsync();
        while (await ReadAsync() is { Type: not "shutdown" } message)
        {
            if (message.Type == "ping")
            {
                var batch = Interlocked.Read(ref running);
                await writer.WriteAsync(
                    message.Id, (buffer, id) => WorkerMessages.WritePong(buffer, id, batch == 0 ? null : batch, work.Reader.Count, Interlocked.Read(ref served)), CancellationToken.None);
            }
            else if (message.Type is "load" or "embed")
            {
                work.Writer.TryWrite(message);
            }
        }

        work.Writer.Complete();
        await computing;
        return 0;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
        {
            await engine.DisposeAsync();
        }
    }

    private async Task<HostMessage?> ReadAsync()
    {
        var header = new byte[4];
        if (await input.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) < header.Length)
        {
            return null;
        }

        var frame = new byte[BinaryPrimitives.ReadInt32LittleEndian(header)];
        await input.ReadExactlyAsync(frame);
        return HostMessage.Parse(frame);
    }

    private async Task ComputeAsync()
    {
        await foreach (var message in work.Reader.ReadAllAsync())
        {
            Interlocked.Exchange(ref running, message.Id);
            await (message.Type == "load" ? LoadAsync(message) : EmbedAsync(message));
            Interlocked.Exchange(ref running, 0);
        }
    }

    // The engine of the bridge itself: its vectors are right, which the host checks before it believes a worker.
    private async Task LoadAsync(HostMessage message)
    {
        var loaded = LoadedModel.Read(
            Path.GetDirectoryName(message.Weights)!, WorkerEncoder.Torch, new ModelLocator(ModelSearchPaths.FromEnvironment()), CancellationToken.None);
        var fingerprint = await loaded.Fingerprint;
        model = (TransformerModel)loaded.Description;
        engine = OnnxEngine.Load(model, new OnnxOptions(), TimeProvider.System);
        await writer.WriteAsync(message.Id, (buffer, id) => WorkerMessages.WriteReady(buffer, id, model, fingerprint.Weights), CancellationToken.None);
    }

    private async Task EmbedAsync(HostMessage message)
    {
        var rows = new float[message.Lengths.Length * model!.Dimension];
        var reply = await engine!.EmbedAsync(new TokenBatch(message.Ids, message.Lengths), rows, TimeSpan.FromMinutes(1), CancellationToken.None);
        if (reply.Error is { } error)
        {
            throw new InvalidOperationException(error.Message);
        }

        Interlocked.Increment(ref served);
        await writer.WriteAsync(
            message.Id, (buffer, id) => WorkerMessages.WriteRows(buffer, id, message.Lengths.Length, model.Dimension, reply.Compute, rows), CancellationToken.None);
    }
}
