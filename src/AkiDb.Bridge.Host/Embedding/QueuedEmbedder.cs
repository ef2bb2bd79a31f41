using AkiDb.Bridge.Host.Files;
using AkiDb.Bridge.Queue;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Takes vectors from the answers of a job whose texts were submitted to a queue: the same texts are the same message, whoever asks for them.</summary>
/// <param name="answers">The job's answers.</param>
/// <param name="publisher">Submits what only shows to be needed when a text of a portion cannot be embedded: the portion without it.</param>
/// <param name="settings">How the texts are embedded: as they were submitted.</param>
internal sealed class QueuedEmbedder(JobAnswers answers, JobPublisher publisher, QueueTexts settings) : ITextEmbedder
{
    /// <inheritdoc/>
    public int MostCharacters => QueueTexts.MostCharacters;

    /// <inheritdoc/>
    public int RequestsAtATime => FileEmbedding.MostAtATime;

    /// <inheritdoc/>
    public async Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken)
    {
        var answer = await answers.WaitAsync(settings.MessageOf(texts).Id, cancellationToken);
        if (answer.Error is { } error)
        {
            if (error.InputIndex is { } bad && texts.Count > 1)
            {
                await publisher.PublishAsync(settings.MessageOf([.. texts.Where((_, index) => index != bad)]), cancellationToken);
            }

            throw new BridgeException(error);
        }

        return space is null || StoredSpace.IsSame(space, answer.Space)
            ? new EmbeddedTexts(answer.Vectors, answer.Space, answer.Tokens, answer.ServedBy)
            : throw new BridgeException(new BridgeError(
                BridgeErrorKind.SpaceMismatch, $"A host has answered in the space {answer.Space}, others in {space}: their vectors must not be mixed. Let all hosts serve the same model, and submit the job again under another name.")
            {
                Spaces = new SpaceMismatch(space, answer.Space),
            });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await answers.DisposeAsync();
        await publisher.DisposeAsync();
    }
}
