using System.Runtime.CompilerServices;

namespace AkiDb.Bridge;

/// <summary>One run over texts without bound.</summary>
/// <remarks>
/// 1. Gather.   Texts that are there go together; who gives the next text only after the last answer gets each answer at once.
/// 2. Send.     One request is computed while the vectors of the one before are taken: no engine waits for the caller.
/// 3. Give.     In order. What is still on its way when the caller leaves is cancelled, and waited for.
/// </remarks>
internal sealed class BulkRun(IEmbeddingBridge bridge, EmbeddingRequest? settings)
{
    private const int TextsPerRequest = 256;
    private const int CharactersPerRequest = 1_000_000;
    private const int RequestsInFlight = 2;

    private readonly EmbeddingRequest template = (settings ?? new EmbeddingRequest { Inputs = [] }) with { TokenIds = null, Priority = settings?.Priority ?? EmbeddingPriority.Bulk };
    private readonly Queue<(List<string> Texts, Task<EmbeddingResult> Answer)> sent = new();
    private EmbeddingSpace? space;
    private int given;

    public async IAsyncEnumerable<EmbeddedText> EmbedAsync(IAsyncEnumerable<string> texts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var source = texts.GetAsyncEnumerator(stop.Token);
        var next = source.MoveNextAsync().AsTask();
        try
        {
            var more = true;
            while (more || sent.Count > 0)
            {
                if (more && sent.Count < RequestsInFlight && await HasNextBeforeAnswerAsync(next).ConfigureAwait(false))
                {
                    (var chunk, next, more) = await GatherAsync(source, next).ConfigureAwait(false);
                    if (chunk.Count > 0)
                    {
                        sent.Enqueue((chunk, bridge.EmbedAsync(template with { Inputs = chunk }, stop.Token)));
                    }
                }
                else
                {
                    var (chunk, answer) = sent.Dequeue();
                    var (vectors, error) = await AnswerOfAsync(chunk, answer, stop.Token).ConfigureAwait(false);
                    for (var i = 0; i < vectors?.Vectors.Count; i++)
                    {
                        yield return new EmbeddedText(chunk[i], vectors.Vectors[i], vectors.Truncated[i], vectors.Space, vectors.Degraded);
                    }

                    given += chunk.Count;
                    if (error is not null)
                    {
                        throw error;
                    }
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sent.Select(request => (Task)request.Answer).Append(next)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await source.DisposeAsync().ConfigureAwait(false);
        }
    }

    // An answer that is there is given before the next text is waited for.
    private async ValueTask<bool> HasNextBeforeAnswerAsync(Task<bool> next)
    {
        if (sent.TryPeek(out var oldest) && !next.IsCompleted)
        {
            await Task.WhenAny(next, oldest.Answer).ConfigureAwait(false);
            return next.IsCompleted;
        }

        return true;
    }

    private static async Task<(List<string> Texts, Task<bool> Next, bool More)> GatherAsync(IAsyncEnumerator<string> source, Task<bool> next)
    {
        var (texts, characters) = (new List<string>(), 0L);
        do
        {
            if (!await next.ConfigureAwait(false))
            {
                return (texts, next, false);
            }

            // A null among them is found, and named, where the request is checked.
            texts.Add(source.Current!);
            characters += source.Current?.Length ?? 0;
            next = source.MoveNextAsync().AsTask();
        }
        while (next.IsCompletedSuccessfully && texts.Count < TextsPerRequest && characters < CharactersPerRequest);
        return (texts, next, true);
    }

    // The texts before a bad one came first, and have done nothing wrong.
    private async Task<(EmbeddingResult? Vectors, BridgeException? Error)> AnswerOfAsync(List<string> texts, Task<EmbeddingResult> answer, CancellationToken cancellationToken)
    {
        try
        {
            return (Checked(await answer.ConfigureAwait(false)), null);
        }
        catch (BridgeException error) when (error.Error.InputIndex is { } bad)
        {
            var before = bad == 0 ? null : Checked(await bridge.EmbedAsync(template with { Inputs = texts[..bad] }, cancellationToken).ConfigureAwait(false));
            return (before, new BridgeException(error.Error with { InputIndex = given + bad }, error));
        }
    }

    private EmbeddingResult Checked(EmbeddingResult result)
    {
        space ??= result.Space;
        return result.Space.IsInterchangeableWith(space)
            ? result
            : throw new BridgeException(new BridgeError(
                BridgeErrorKind.SpaceMismatch,
                $"The texts from {given} on would have vectors of another space than those before them, which must not be mixed. Try again from there, or with the fallback same-space.")
            {
                Spaces = new SpaceMismatch(space.ToString(), result.Space.ToString()),
            });
    }
}
