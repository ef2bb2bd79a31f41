using System.Buffers;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Requests;

/// <summary>The inputs of one request while they become token ids: done in slices, so that a large request does not keep its thread from others.</summary>
internal sealed class TokenizeWork
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(2);

    private readonly Tokenizer tokenizer;
    private readonly int maxTokens;
    private readonly EmbeddingRequest request;
    private readonly string prompt;
    private readonly RequestTime time;
    private readonly CancellationToken callerGone;
    private readonly ArrayBufferWriter<int> ids;
    private readonly int[] lengths;
    private readonly bool[] truncated;
    private readonly Dictionary<string, (int Input, int Offset)>? known;
    private readonly UnpooledPrompt? unpooled;
    private PreparedPrompt? prepared;
    private int next;

    /// <param name="tokenizer">The model's tokeniser.</param>
    /// <param name="model">The model's limits.</param>
    /// <param name="request">The request, which is valid.</param>
    /// <param name="plan">What it asks for.</param>
    /// <param name="time">When its time is over.</param>
    /// <param name="callerGone">The caller has left.</param>
    public TokenizeWork(Tokenizer tokenizer, ModelDescription model, EmbeddingRequest request, RequestPlan plan, RequestTime time, CancellationToken callerGone)
    {
        (this.tokenizer, maxTokens, this.request, prompt, this.time, this.callerGone) = (tokenizer, model.MaxTokens, request, plan.Prompt, time, callerGone);
        var inputs = request.TokenIds?.Count ?? request.Inputs.Count;
        lengths = new int[inputs];
        truncated = new bool[inputs];

        // About a token for four characters, but for the special ones; where an id is a character, their number is known.
        var expected = Math.Min((plan.Characters * model.IdsPerToken / 4) + (3L * inputs), (long)inputs * maxTokens);
        ids = new ArrayBufferWriter<int>((int)Math.Clamp(expected, 32, 1 << 24));

        // Equal texts are tokenised once, with the prompt before them.
        known = inputs > 1 ? new Dictionary<string, (int, int)>(inputs, StringComparer.Ordinal) : null;
        unpooled = prompt.Length > 0 && model is TransformerModel { PoolsPrompt: false } transformer ? new UnpooledPrompt(tokenizer, transformer, prompt) : null;
    }

    /// <summary>The first input that must not be cut, and would have to be; null for none.</summary>
    public int? TooLong { get; private set; }

    /// <summary>Why an input cannot be computed; null if all can.</summary>
    public BridgeError? Refusal { get; private set; }

    /// <summary>Whether the request's time was over first.</summary>
    public bool OutOfTime { get; private set; }

    /// <summary>Tokenises texts whose request is nobody's: they are cut at the model's maximum.</summary>
    public static TokenizedInputs All(Tokenizer tokenizer, ModelDescription model, IReadOnlyList<string> texts)
    {
        var time = new RequestTime(TimeProvider.System, TimeProvider.System.GetTimestamp(), TimeSpan.MaxValue);
        var work = new TokenizeWork(
            tokenizer, model, new EmbeddingRequest { Inputs = texts }, new RequestPlan("", model.Dimension, model.Normalize, 0), time, CancellationToken.None);
        while (!work.Continue())
        {
        }

        return work.ToInputs();
    }

    /// <summary>The ids; complete when <see cref="Continue"/> has returned true with neither a too long input, a refusal nor the time over.</summary>
    public TokenizedInputs ToInputs() => new(ids.WrittenMemory, lengths, truncated);

    /// <summary>Does a slice of the work.</summary>
    /// <returns>Whether nothing is left to do.</returns>
    /// <exception cref="OperationCanceledException">The caller has left.</exception>
    public bool Continue()
    {
        var started = time.Clock.GetTimestamp();
        do
        {
            callerGone.ThrowIfCancellationRequested();
            OutOfTime = time.Remaining <= TimeSpan.Zero;
            if (OutOfTime || IsDone)
            {
                return true;
            }

            Tokenize(next++);
        }
        while (time.Clock.GetElapsedTime(started) < Slice);
        return IsDone;
    }

    private bool IsDone => TooLong is not null || Refusal is not null || next == lengths.Length;

    private void Tokenize(int input)
    {
        if (request.TokenIds is { } given)
        {
            var kept = Cut(given[input], 0, input);
            ids.Write(kept);
            lengths[input] = kept.Length;
            return;
        }

        var text = request.Inputs[input];
        if (known is not null && known.TryGetValue(text, out var first))
        {
            ids.Write(ids.WrittenSpan.Slice(first.Offset, lengths[first.Input]));
            (lengths[input], truncated[input]) = (lengths[first.Input], truncated[first.Input]);
            return;
        }

        var offset = ids.WrittenCount;
        if (request.TruncateFromStart)
        {
            EncodeEnd(text, input);
        }
        else
        {
            prepared ??= tokenizer.Prepare(prompt, maxTokens, callerGone);
            Encode(prepared, text, input);
        }

        lengths[input] = ids.WrittenCount - offset;
        known?.Add(text, (input, offset));
    }

    private void Encode(PreparedPrompt before, string text, int input)
    {
        if (unpooled is null)
        {
            Record(input, tokenizer.Encode(before, text, maxTokens, ids, callerGone).Truncated);
            return;
        }

        var tokens = new ArrayBufferWriter<int>();
        Record(input, tokenizer.Encode(before, text, maxTokens, tokens, callerGone).Truncated);
        Refusal = unpooled.Mark(tokens.WrittenSpan, input, ids, callerGone);
    }

    // Which tokens are the last ones shows only when all of them are there.
    private void EncodeEnd(string text, int input)
    {
        var all = new ArrayBufferWriter<int>();
        prepared ??= tokenizer.Prepare(prompt, int.MaxValue, callerGone);
        tokenizer.Encode(prepared, text, int.MaxValue, all, callerGone);
        ids.Write(Cut(all.WrittenSpan.ToArray(), tokenizer.Template.Prefix.Length, input));
    }

    // What stands before the content stays, as does what stands behind it.
    private ReadOnlySpan<int> Cut(int[] tokens, int before, int input)
    {
        var surplus = tokens.Length - maxTokens;
        Record(input, surplus > 0);
        if (surplus <= 0)
        {
            return tokens;
        }

        if (request.TruncateFromStart)
        {
            tokens.AsSpan(0, before).CopyTo(tokens.AsSpan(surplus));
            return tokens.AsSpan(surplus);
        }

        return tokens.AsSpan(0, maxTokens);
    }

    private void Record(int input, bool isCut)
    {
        truncated[input] = isCut;
        if (isCut && !request.Truncate)
        {
            TooLong = input;
        }
    }
}
