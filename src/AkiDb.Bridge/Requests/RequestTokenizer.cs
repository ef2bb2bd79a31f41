using System.Buffers;
using System.Text;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Requests;

/// <summary>Tokenises the requests of one model: short ones at once, all others on the threads that tokenising has for itself.</summary>
internal sealed class RequestTokenizer(ModelDescription model, Tokenizer tokenizer, TokenizingThreads threads)
{
    // A fraction of a millisecond: less than what changing the thread may cost under load.
    private const int ShortRequest = 8_192;

    /// <param name="request">The request, which is valid.</param>
    /// <param name="plan">What it asks for.</param>
    /// <param name="caller">Who sent it: callers take turns.</param>
    /// <param name="time">When its time is over.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>The work, done; null when the request's time was over first.</returns>
    public async ValueTask<TokenizeWork?> TokenizeAsync(
        EmbeddingRequest request, RequestPlan plan, string caller, RequestTime time, CancellationToken cancellationToken)
    {
        var work = new TokenizeWork(tokenizer, model, request, plan, time, cancellationToken);
        if (plan.Characters > ShortRequest)
        {
            return await threads.TryRunAsync(caller, work.Continue, time, cancellationToken).ConfigureAwait(false) && !work.OutOfTime ? work : null;
        }

        while (!work.Continue())
        {
        }

        return work.OutOfTime ? null : work;
    }

    /// <summary>Counts the tokens of a text behind a prompt, however many there are.</summary>
    /// <exception cref="BridgeException">The request's time was over first.</exception>
    public async ValueTask<int> CountAsync(string text, string prompt, string caller, RequestTime time, CancellationToken cancellationToken)
    {
        var ids = new ArrayBufferWriter<int>();
        var isDone = await threads.TryRunAsync(
            caller,
            () =>
            {
                tokenizer.Encode(tokenizer.Prepare(prompt, int.MaxValue, cancellationToken), text, int.MaxValue, ids, cancellationToken);
                return true;
            },
            time,
            cancellationToken).ConfigureAwait(false);
        return isDone ? ids.WrittenCount : throw new BridgeException(RequestTime.Over("before its tokens were counted"));
    }

    /// <summary>Lists the tokens of texts, each behind a prompt.</summary>
    /// <exception cref="BridgeException">The request's time was over first.</exception>
    public async ValueTask<IReadOnlyList<TokenizedText>> LocateAsync(
        IReadOnlyList<string> texts, string prompt, bool addSpecialTokens, string caller, RequestTime time, CancellationToken cancellationToken)
    {
        var located = new List<TokenizedText>(texts.Count);
        var isDone = await threads.TryRunAsync(caller, LocateNext, time, cancellationToken).ConfigureAwait(false);
        return isDone ? located : throw new BridgeException(RequestTime.Over("before its texts were tokenised"));

        // An unpaired surrogate becomes U+FFFD, as everywhere.
        bool LocateNext()
        {
            var utf8 = Encoding.UTF8.GetBytes(prompt + texts[located.Count]);
            located.Add(new TokenizedText(utf8, tokenizer.Locate(utf8, addSpecialTokens, cancellationToken), tokenizer.NameOf));
            return located.Count == texts.Count;
        }
    }

    /// <summary>The text of some tokens.</summary>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens) => tokenizer.Decode(ids, skipSpecialTokens);

    /// <summary>About how many tokens the inputs have in all; exactly, where the host tokenises.</summary>
    public int TokensOf(TokenizedInputs inputs) => (inputs.Total + model.IdsPerToken - 1) / model.IdsPerToken;
}
