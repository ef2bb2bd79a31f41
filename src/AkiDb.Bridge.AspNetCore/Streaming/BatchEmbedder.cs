using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>Embeds the lines of one stream, some at a time: what is wrong with one of them is that one's error, and no other's.</summary>
/// <remarks>All answers of a stream are in one embedding space: whatever would be answered in another, because the model was replaced meanwhile, is an error.</remarks>
/// <param name="bridge">Embeds.</param>
/// <param name="ledger">Where everything is charged that exists at a time.</param>
/// <param name="caller">Who sends the stream.</param>
/// <param name="template">What all lines ask for.</param>
/// <param name="timeout">A line's time.</param>
/// <param name="time">The clock.</param>
internal sealed class BatchEmbedder(IEmbeddingBridge bridge, ResourceLedger ledger, CallerIdentity caller, EmbeddingRequest template, TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    private EmbeddingSpace? space;

    /// <summary>The space of the vectors; null before the first ones.</summary>
    public EmbeddingSpace? Space => Volatile.Read(ref space);

    /// <summary>Promises a space for all vectors: what comes in another one is an error from now on.</summary>
    /// <returns>The space that holds: this one, unless there has been a vector meanwhile.</returns>
    public EmbeddingSpace Promise(EmbeddingSpace expected) => Interlocked.CompareExchange(ref space, expected, null) ?? expected;

    /// <summary>Opens an account for what a batch takes up besides its vectors.</summary>
    /// <param name="accounts">Gets it, to be disposed when the answers are sent.</param>
    public RequestAccount Open(ICollection<IDisposable> accounts)
    {
        var account = caller.Open(ledger);
        accounts.Add(account);
        return account;
    }

    /// <summary>Embeds some lines.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="accounts">Gets what the answers take up, to be disposed when they are sent.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>An answer for each line.</returns>
    public async Task<LineAnswer[]> EmbedAsync(IReadOnlyList<StreamLine> lines, ICollection<IDisposable> accounts, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var answers = new LineAnswer[lines.Count];
        var groups = new Stack<List<int>>([[]]);
        for (var index = 0; index < lines.Count; index++)
        {
            answers[index] = new LineAnswer(default, 0, false, lines[index].Error);
            if (lines[index].Error is null)
            {
                groups.Peek().Add(index);
            }
        }

        while (groups.TryPop(out var group))
        {
            var left = timeout - time.GetElapsedTime(started);
            if (group.Count > 0 && await TryAsync(lines, group, answers, accounts, left, cancellationToken).ConfigureAwait(false) is { } error)
            {
                await DivideAsync(group, error, groups, answers, timeout - time.GetElapsedTime(started), cancellationToken).ConfigureAwait(false);
            }
        }

        return answers;
    }

    private async ValueTask<BridgeError?> TryAsync(
        IReadOnlyList<StreamLine> lines, List<int> group, LineAnswer[] answers, ICollection<IDisposable> accounts, TimeSpan left, CancellationToken cancellationToken)
    {
        if (left <= TimeSpan.Zero)
        {
            return RequestTime.Over("before its vector was computed");
        }

        // Of its own for each try: what has failed holds nothing.
        var account = caller.Open(ledger);
        try
        {
            var bytes = group.Sum(index => (long)lines[index].Bytes);
            if (account.TryCharge(SharedResource.BodyBytes, bytes) is { } full)
            {
                return full;
            }

            var request = template with { Inputs = [.. group.Select(index => lines[index].Text!)], Caller = caller.Account, Timeout = left };
            var result = await (bridge is EmbeddingBridge own ? own.EmbedAsync(request, account, cancellationToken) : bridge.EmbedAsync(request, cancellationToken)).ConfigureAwait(false);
            account.GiveBack(SharedResource.BodyBytes, bytes);
            var first = Promise(result.Space);
            if (!first.IsInterchangeableWith(result.Space))
            {
                return SpaceDemand.Refuse(first.ToString(), result.Space);
            }

            for (var i = 0; i < group.Count; i++)
            {
                answers[group[i]] = new LineAnswer(result.Vectors[i], result.Tokens[i], result.Truncated[i], null);
            }

            accounts.Add(account);
            account = null;
            return null;
        }
        catch (BridgeException error)
        {
            return error.Error;
        }
        finally
        {
            account?.Dispose();
        }
    }

    private async ValueTask DivideAsync(
        List<int> group, BridgeError error, Stack<List<int>> groups, LineAnswer[] answers, TimeSpan left, CancellationToken cancellationToken)
    {
        if (error.InputIndex is { } guilty && guilty < group.Count)
        {
            var own = error with { Message = error.Message.Replace($"inputs[{guilty}]", "The text", StringComparison.Ordinal) };
            answers[group[guilty]] = answers[group[guilty]] with { Error = own };
            group.RemoveAt(guilty);
            groups.Push(group);
        }
        else if (error.Kind is BridgeErrorKind.Overloaded or BridgeErrorKind.NoEngine && left > LongestDelay)
        {
            // The one who sends waits with it: nothing is read meanwhile.
            var delay = error.RetryAfter is { } wanted && wanted < LongestDelay ? wanted : LongestDelay;
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
            groups.Push(group);
        }
        else if (group.Count > 1 && error.Kind is BridgeErrorKind.TooLarge or BridgeErrorKind.EngineFault or BridgeErrorKind.OutOfMemory)
        {
            var half = group.Count / 2;
            groups.Push(group[half..]);
            groups.Push(group[..half]);
        }
        else
        {
            foreach (var index in group)
            {
                answers[index] = answers[index] with { Error = error };
            }
        }
    }
}
