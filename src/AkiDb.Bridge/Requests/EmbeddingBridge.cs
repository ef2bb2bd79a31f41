using System.Text.Json;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Requests;

/// <summary>Where every request comes in: finds the model that it names, whose <see cref="EmbeddingPipeline"/> does the rest.</summary>
internal sealed class EmbeddingBridge(IModelDirectory models, ResourceLedger ledger, TimeProvider time, ILogger<EmbeddingBridge> logger)
    : IEmbeddingBridge, IBridgeAdministration
{
    private const string CallerGone = "caller_gone";

    // Of a request for a model that there is none of: its name is anybody's.
    private static readonly ModelInstruments UnknownModel = new("unknown");

    /// <inheritdoc/>
    public BridgeStatus GetStatus() => models.GetStatus();

    /// <inheritdoc cref="IModelDirectory.GetStatus(string?)"/>
    public ModelStatus FindModel(string? name) => models.GetStatus(name);

    /// <inheritdoc/>
    public bool RestartWorker(int slot, string? model = null) => models.RestartWorker(slot, model);

    /// <inheritdoc/>
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var own = OwnInputs(request);
        using var account = ledger.Open(request.Caller);
        return await EmbedAsync(own, account, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same for a request whose account was opened before its first byte, and is disposed by whoever opened it when the answer is gone.</summary>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, RequestAccount account, CancellationToken cancellationToken)
    {
        using var trace = RequestTrace.Start();
        var began = time.GetTimestamp();
        var instruments = UnknownModel;
        try
        {
            var result = await WithinAsync(request, AskAsync, cancellationToken).ConfigureAwait(false);
            instruments.RecordRequest(time.GetElapsedTime(began), result);
            RequestTrace.Finish(trace, result);
            return result;
        }
        catch (Exception error)
        {
            var kind = error is BridgeException bridge ? JsonNamingPolicy.SnakeCaseLower.ConvertName(bridge.Error.Kind.ToString()) : CallerGone;
            instruments.RecordFailure(time.GetElapsedTime(began), kind);
            RequestTrace.Fail(trace, kind);
            throw;
        }

        Task<EmbeddingResult> AskAsync(EmbeddingPipeline pipeline, long started)
        {
            instruments = pipeline.Instruments;
            RequestTrace.Name(trace, pipeline.Id);
            return pipeline.EmbedAsync(request, account, started, cancellationToken);
        }
    }

    /// <summary>Counts the tokens of an input, whatever the model's maximum.</summary>
    /// <param name="request">The request; its texts, prompt and model count.</param>
    /// <param name="input">Which of its inputs.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>Its tokens, and the most that the model takes.</returns>
    public Task<(int Given, int Most)> CountTokensAsync(EmbeddingRequest request, int input, CancellationToken cancellationToken) => WithinAsync(
        request, (pipeline, started) => pipeline.CountTokensAsync(request, input, started, cancellationToken), cancellationToken);

    /// <summary>Lists the tokens of texts; none is cut.</summary>
    /// <param name="request">The texts, the prompt before each, and the model.</param>
    /// <param name="addSpecialTokens">Whether special tokens stand around them.</param>
    /// <param name="account">What they take up.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <exception cref="BridgeException">They cannot be tokenised here; the exception says why.</exception>
    public Task<IReadOnlyList<TokenizedText>> TokenizeAsync(EmbeddingRequest request, bool addSpecialTokens, RequestAccount account, CancellationToken cancellationToken) =>
        WithinAsync(request, (pipeline, started) => pipeline.TokenizeAsync(request, addSpecialTokens, account, started, cancellationToken), cancellationToken);

    /// <summary>Puts tokens together again.</summary>
    /// <param name="request">The token ids, and the model.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>The text of each list.</returns>
    public Task<string[]> DecodeAsync(EmbeddingRequest request, bool skipSpecialTokens, CancellationToken cancellationToken) => WithinAsync(
        request, (pipeline, _) => Task.FromResult(pipeline.Decode(request.TokenIds!, skipSpecialTokens)), cancellationToken);

    // Whoever fills the same list again for the next call, while this one waits, would get the vectors of those texts for these.
    private static EmbeddingRequest OwnInputs(EmbeddingRequest request) =>
        request with { Inputs = request.Inputs?.ToArray()!, TokenIds = request.TokenIds?.Select(ids => ids?.ToArray()!).ToArray() };

    private async Task<T> WithinAsync<T>(EmbeddingRequest request, Func<EmbeddingPipeline, long, Task<T>> ask, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var pipeline = await models.EnterAsync(request.Model, request.Timeout, started, cancellationToken).ConfigureAwait(false);
            try
            {
                return await ask(pipeline, started).ConfigureAwait(false);
            }
            finally
            {
                pipeline.Drain.Leave();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OutOfMemoryException error)
        {
            // This request's memory is gone with it; the host and the other requests go on.
            Log.OutOfMemory(logger, error);
            throw new BridgeException(BridgeErrorKind.OutOfMemory, "The host has not enough memory for this request. Send less at once, or try again later.", error);
        }
        catch (Exception error) when (error is not BridgeException)
        {
            Log.Failed(logger, error);
            throw new BridgeException(BridgeErrorKind.Internal, "The request failed inside the bridge itself; the log of the host says how. Nothing is known to be wrong with it.", error);
        }
    }
}
