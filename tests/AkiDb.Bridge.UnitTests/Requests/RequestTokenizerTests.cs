using System.Buffers;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class RequestTokenizerTests
{
    private static readonly RequestTime Forever = new(TimeProvider.System, TimeProvider.System.GetTimestamp(), TimeSpan.FromHours(1));
    private static readonly Tokenizer Tokenizer = TokenizerFile.Load(Path.Combine(TestPaths.Model("all-MiniLM-L6-v2"), "tokenizer.json"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Ids_of_all_inputs_stand_one_after_the_other()
    {
        var inputs = Tokenize(["one", "two words", "", "one"]);
        var batch = inputs.ToBatch();

        Assert.Equal([3, 4, 2, 3], inputs.Lengths);
        Assert.Equal(12, inputs.Total);
        Assert.Equal(batch.Slice(0, 1).Ids.ToArray(), batch.Slice(3, 1).Ids.ToArray());
        Assert.Equal(Tokenize(["two words"]).ToBatch().Ids.ToArray(), batch.Slice(1, 1).Ids.ToArray());
    }

    [Fact]
    public void Prompt_stands_before_every_input()
    {
        Assert.Equal(
            Tokenize(["query: one"]).ToBatch().Ids.ToArray(),
            Tokenize(["two", "one"], prompt: "query: ").ToBatch().Slice(1, 1).Ids.ToArray());
    }

    [Fact]
    public void Long_input_is_cut_and_said_to_be()
    {
        var inputs = Tokenize(["short", string.Join(' ', Enumerable.Repeat("word", 1000))]);

        Assert.Equal([false, true], inputs.Truncated);
        Assert.Equal(256, inputs.Lengths[1]);
    }

    [Fact]
    public void Long_input_is_refused_where_it_may_not_be_cut()
    {
        var work = Finish(Begin(["short", string.Join(' ', Enumerable.Repeat("word", 1000)), "short"], truncate: false));

        Assert.Equal(1, work.TooLong);
    }

    [Fact]
    public void Long_input_that_is_cut_from_its_start_keeps_its_end_and_what_stands_before_the_content()
    {
        var words = string.Join(' ', Enumerable.Range(0, 300).Select(number => $"{number % 7}"));
        var whole = new ArrayBufferWriter<int>();
        Tokenizer.Encode(Tokenizer.Prepare("query: ", int.MaxValue, Stop), words, int.MaxValue, whole, Stop);

        var inputs = Finish(Begin([words, "short", words], "query: ", fromStart: true)).ToInputs();

        var batch = inputs.ToBatch();
        int[] expected = [whole.WrittenSpan[0], .. whole.WrittenSpan[^255..]];
        Assert.Equal([true, false, true], inputs.Truncated);
        Assert.Equal(expected, batch.Slice(0, 1).Ids.ToArray());
        Assert.Equal(Tokenize(["short"], "query: ").Ids.ToArray(), batch.Slice(1, 1).Ids.ToArray());
        Assert.Equal(expected, batch.Slice(2, 1).Ids.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Token_ids_that_are_too_many_are_cut_where_the_request_says(bool fromStart)
    {
        int[] many = [.. Enumerable.Range(0, 300)];

        var inputs = Finish(Begin([], fromStart: fromStart, ids: [many, [1, 2]])).ToInputs();

        Assert.Equal([.. fromStart ? many[44..] : many[..256], 1, 2], inputs.Ids.ToArray());
        Assert.Equal([256, 2], inputs.Lengths);
        Assert.Equal([true, false], inputs.Truncated);
    }

    [Fact]
    public async Task Tokens_of_a_text_are_counted_however_many_there_are()
    {
        using var threads = new TokenizingThreads();
        var tokenizer = new RequestTokenizer(TestModel.Bert(), Tokenizer, threads);

        Assert.Equal(1_002, await tokenizer.CountAsync(string.Join(' ', Enumerable.Repeat("word", 1_000)), "", "caller", Forever, Stop));
        Assert.Equal(5, await tokenizer.CountAsync("one", "query: ", "caller", Forever, Stop));
    }

    [Fact]
    public async Task Tokens_of_every_text_are_listed_behind_the_prompt()
    {
        using var threads = new TokenizingThreads();
        var tokenizer = new RequestTokenizer(TestModel.Bert(), Tokenizer, threads);

        var listed = await tokenizer.LocateAsync(["one", "two words"], "query: ", addSpecialTokens: true, "caller", Forever, Stop);

        Assert.Equal([5, 6], listed.Select(text => text.Tokens.Count));
    }

    [Fact]
    public async Task Time_that_is_over_before_tokens_are_counted_or_listed_is_an_error()
    {
        var time = new FakeTimeProvider();
        using var threads = new TokenizingThreads();
        using var goesOn = new ManualResetEventSlim();
        var tokenizer = new RequestTokenizer(TestModel.Bert(), new CountingTokenizer(() => goesOn.Wait(Stop)), threads);
        var soon = new RequestTime(time, time.GetTimestamp(), TimeSpan.FromSeconds(1));
        var counting = tokenizer.CountAsync("one", "", "caller", soon, Stop).AsTask();
        var listing = tokenizer.LocateAsync(["one"], "", addSpecialTokens: true, "caller", soon, Stop).AsTask();

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await Assert.ThrowsAsync<BridgeException>(() => counting)).Error.Kind);
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await Assert.ThrowsAsync<BridgeException>(() => listing)).Error.Kind);
        goesOn.Set();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    public void Ids_that_are_no_tokens_yet_count_as_about_a_fourth_of_one(int ids, int tokens)
    {
        using var threads = new TokenizingThreads();

        Assert.Equal(tokens, new RequestTokenizer(TestModel.Library(), Tokenizer, threads).TokensOf(new TokenizedInputs(new int[ids], [ids], [false])));
    }

    [Fact]
    public void Equal_texts_are_tokenised_once()
    {
        var counting = new CountingTokenizer();
        var inputs = Tokenize([.. Enumerable.Repeat("", 2048), "one", "", "one"], tokenizer: counting);

        Assert.Equal(2, counting.Calls);
        Assert.Equal(2051, inputs.Lengths.Length);
        Assert.Equal(inputs.Lengths.Sum(), inputs.Total);
    }

    [Fact]
    public void Prompt_is_tokenised_once_however_many_texts_follow_it()
    {
        var counting = new CountingTokenizer();
        Tokenize([.. Enumerable.Range(0, 100).Select(number => $"{number}")], "query: ", counting);

        Assert.Equal((1, 100), (counting.Prompts, counting.Calls));
    }

    [Fact]
    public void Caller_that_has_left_gets_nothing_tokenised()
    {
        var counting = new CountingTokenizer();

        Assert.Throws<OperationCanceledException>(() => Finish(Begin(["one"], tokenizer: counting, caller: new CancellationToken(canceled: true))));
        Assert.Equal(0, counting.Calls);
    }

    [Fact]
    public void Time_is_looked_at_before_every_input()
    {
        var time = new FakeTimeProvider();
        var counting = new CountingTokenizer(() => time.Advance(TimeSpan.FromSeconds(1)));
        var work = Finish(Begin([.. Enumerable.Range(0, 100).Select(number => $"{number}")], tokenizer: counting, time: time));

        Assert.True(work.OutOfTime);
        Assert.Equal(3, counting.Calls);
    }

    [Fact]
    public void Work_is_handed_back_after_every_slice_of_two_milliseconds()
    {
        var time = new FakeTimeProvider();
        var counting = new CountingTokenizer(() => time.Advance(TimeSpan.FromMilliseconds(1)));
        var work = Begin([.. Enumerable.Range(0, 5).Select(number => $"{number}")], tokenizer: counting, time: time);

        Assert.Equal([(false, 2), (false, 4), (true, 5)], Enumerable.Range(0, 3).Select(_ => (work.Continue(), counting.Calls)));
    }

    [Fact]
    public void Nothing_is_tokenised_behind_an_input_that_is_too_long()
    {
        var counting = new CountingTokenizer();
        var tooLong = string.Join(' ', Enumerable.Repeat("word", 1000));

        var work = Finish(Begin(["short", tooLong, "other", $"{tooLong} too"], truncate: false, tokenizer: counting));

        Assert.Equal((1, 2), (work.TooLong, counting.Calls));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Input_of_as_many_tokens_as_the_model_takes_is_not_cut(bool fromStart)
    {
        int[] most = [.. Enumerable.Range(0, 256)];

        var work = Finish(Begin([], truncate: false, fromStart: fromStart, ids: [most]));

        Assert.Null(work.TooLong);
        Assert.Equal([false], work.ToInputs().Truncated);
        Assert.Equal(most, work.ToInputs().Ids.ToArray());
    }

    [Theory]
    [InlineData(8_192, true)]
    [InlineData(8_193, false)]
    public async Task Short_request_is_tokenised_at_once_and_a_large_one_on_a_thread_that_answers_nobody(int characters, bool atOnce)
    {
        using var threads = new TokenizingThreads();
        Thread? used = null;
        var tokenizer = new RequestTokenizer(TestModel.Bert(), new CountingTokenizer(() => used = Thread.CurrentThread), threads);
        var caller = Thread.CurrentThread;

        var tokenizing = tokenizer.TokenizeAsync(
            new EmbeddingRequest { Inputs = [new string('a', characters)] }, new RequestPlan("", 2, true, characters), "caller", Forever, Stop);

        Assert.NotNull(await tokenizing);
        Assert.Equal((atOnce, false), (used == caller, !atOnce && used!.IsThreadPoolThread));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(10_000)]
    public async Task Texts_that_were_not_all_tokenised_in_time_go_no_further(int characters)
    {
        // No timer fires: what notices is whoever tokenises.
        var time = new TimeWithoutTimers();
        using var threads = new TokenizingThreads();
        var tokenizer = new RequestTokenizer(TestModel.Bert(), new CountingTokenizer(() => time.Passed = TimeSpan.FromHours(2)), threads);

        var work = await tokenizer.TokenizeAsync(
            new EmbeddingRequest { Inputs = ["a", "b"] }, new RequestPlan("", 2, true, characters), "caller", new RequestTime(time, time.GetTimestamp(), TimeSpan.FromHours(1)), Stop);

        Assert.Null(work);
    }

    private static TokenizedInputs Tokenize(string[] inputs, string prompt = "", Tokenizer? tokenizer = null) => Finish(Begin(inputs, prompt, tokenizer: tokenizer)).ToInputs();

    private static TokenizeWork Begin(
        string[] inputs,
        string prompt = "",
        bool truncate = true,
        Tokenizer? tokenizer = null,
        TimeProvider? time = null,
        CancellationToken? caller = null,
        bool fromStart = false,
        IReadOnlyList<int[]>? ids = null)
    {
        time ??= TimeProvider.System;
        return new TokenizeWork(
            tokenizer ?? Tokenizer,
            TestModel.Bert(),
            new EmbeddingRequest { Inputs = inputs, TokenIds = ids, Truncate = truncate, TruncateFromStart = fromStart },
            new RequestPlan(prompt, 2, true, inputs.Sum(input => input.Length + prompt.Length)),
            new RequestTime(time, time.GetTimestamp(), TimeSpan.FromSeconds(time is FakeTimeProvider ? 3 : 3600)),
            caller ?? TestContext.Current.CancellationToken);
    }

    private static TokenizeWork Finish(TokenizeWork work)
    {
        while (!work.Continue())
        {
        }

        return work;
    }

    private sealed class TimeWithoutTimers : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private sealed class CountingTokenizer(Action? called = null) : Tokenizer
    {
        public int Calls { get; private set; }

        public int Prompts { get; private set; }

        public override TokenTemplate Template => RequestTokenizerTests.Tokenizer.Template;

        public override IReadOnlyList<TextToken> Locate(byte[] text, bool addSpecialTokens, CancellationToken cancellationToken)
        {
            called?.Invoke();
            return RequestTokenizerTests.Tokenizer.Locate(text, addSpecialTokens, cancellationToken);
        }

        public override string NameOf(int id) => RequestTokenizerTests.Tokenizer.NameOf(id);

        public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens) => RequestTokenizerTests.Tokenizer.Decode(ids, skipSpecialTokens);

        public override TokenCount Encode(PreparedPrompt prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids, CancellationToken cancellationToken)
        {
            Calls++;
            called?.Invoke();
            return RequestTokenizerTests.Tokenizer.Encode(prompt, text, maxTokens, ids, cancellationToken);
        }

        public override PreparedPrompt Prepare(string prompt, int maxTokens, CancellationToken cancellationToken)
        {
            Prompts++;
            return RequestTokenizerTests.Tokenizer.Prepare(prompt, maxTokens, cancellationToken);
        }
    }
}
