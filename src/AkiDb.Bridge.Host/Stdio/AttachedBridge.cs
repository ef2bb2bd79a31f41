using System.Collections.Concurrent;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Host.Remote;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Relays to a bridge that runs as a service: no model of its own. A request that comes while the service restarts waits for it.</summary>
internal sealed class AttachedBridge(AttachTarget target, TimeProvider time) : IModelService
{
    private readonly ConcurrentDictionary<string, RelayedModel> models = new(StringComparer.Ordinal);
    private readonly BridgeConnection connection = new(target, time);

    /// <inheritdoc/>
    public async Task<StdioAnswer> LoadAsync(LoadModelCall call, CancellationToken cancellationToken)
    {
        if (models.TryGetValue(call.Model, out var known))
        {
            return new DoneAnswer("The model is loaded already.", known.Dimension);
        }

        // What it answers for one text says which model answers to that name, and that it does.
        var (reply, failure) = await SendAsync(new EmbedBatchCall(call.Model, [""], true), cancellationToken);
        if (reply is null)
        {
            return failure!;
        }

        models[call.Model] = new RelayedModel(reply.Dimension, reply.Space);
        return new DoneAnswer($"The bridge serves it as {reply.Model}.", reply.Dimension);
    }

    /// <inheritdoc/>
    public async Task<StdioAnswer> EmbedAsync(EmbedBatchCall call, Task isFirst, CancellationToken cancellationToken)
    {
        if (!models.TryGetValue(call.Model, out var model))
        {
            return new ErrorAnswer($"The model {ForeignText.Quote(call.Model)} is not loaded. Call load_model first.");
        }

        var (reply, failure) = await SendAsync(call, cancellationToken);
        return reply is null ? failure!
            : model.IsInterchangeableWith(reply, call.Normalize) ? reply
            : new ErrorAnswer($"The bridge answered with vectors of another space ({reply.Space}) than when the model was loaded ({model.Space}): they must not be mixed. Start AkiDB again if this is meant.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(RelayedVectors? Reply, ErrorAnswer? Failure)> SendAsync(EmbedBatchCall call, CancellationToken cancellationToken)
    {
        // An answer on these lines cannot say that another model gave it.
        var body = RelayRequest.Write(new EmbeddingRequest { Model = call.Model, Inputs = call.Inputs, Normalize = call.Normalize, HidesModel = true }, asBase64: false);
        try
        {
            var reply = await connection.SendAsync(body, call.Inputs.Length, cancellationToken);
            return reply.Answer is { } answer && RelayedVectors.Read(answer, call.Inputs.Length) is { } vectors ? (vectors, null) : (null, new ErrorAnswer(reply.Sentence));
        }
        catch (Exception error) when (BridgeConnection.IsFailure(error) && !cancellationToken.IsCancellationRequested)
        {
            return (null, new ErrorAnswer($"The bridge at {connection.Where} cannot be reached: {error.Message}"));
        }
    }
}
