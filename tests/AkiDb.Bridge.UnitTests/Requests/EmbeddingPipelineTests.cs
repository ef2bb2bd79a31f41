using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class EmbeddingPipelineTests
{
    private static readonly string[] Inputs = ["a b c d e f", "a", "a b c", "a b", "a b c d e f g h i j"];

    [Fact]
    public async Task Every_input_gets_its_own_row_whatever_batch_it_was_in()
    {
        // Each row holds its text's number of tokens.
        await using var bench = await PipelineBench.StartAsync(Lengths());

        var result = await bench.EmbedAsync(new EmbeddingRequest { Inputs = Inputs, Normalize = false });

        Assert.Equal([8f, 3f, 5f, 4f, 12f], result.Vectors.Select(vector => vector.Span[0]));
        Assert.Equal(32, result.TotalTokens);
        Assert.False(result.Space.Normalized);
        Assert.Equal(0, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Rows_are_cut_and_then_scaled_and_the_space_says_so()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4, 5), dimension: 3);

        var result = await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Dimensions = 2 });

        Assert.Equal([0.6f, 0.8f], result.Vectors[0].ToArray());
        Assert.Equal((2, true, "float32"), (result.Space.Dimensions, result.Space.Normalized, result.Space.Precision));
    }

    [Fact]
    public async Task Another_model_answers_neither_for_token_ids_nor_where_its_name_cannot_be_said()
    {
        await using var second = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        await using var first = await PipelineBench.StartAsync(
            FakeEngine.Failing(BridgeErrorKind.EngineFault), configure: options => options.Fallback = FallbackPolicy.Any, fallback: second.Pipeline);

        Assert.True((await first.EmbedAsync(new EmbeddingRequest { Inputs = ["a"] })).Degraded);
        Assert.Equal(BridgeErrorKind.EngineFault, (await first.RefusalAsync(new EmbeddingRequest { Inputs = [], TokenIds = [[1, 2]] })).Kind);
        Assert.Equal(BridgeErrorKind.EngineFault, (await first.RefusalAsync(new EmbeddingRequest { Inputs = ["a"], HidesModel = true })).Kind);
    }

    [Fact]
    public async Task Fallback_that_a_request_chooses_counts_before_the_models_own()
    {
        await using var second = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), isFallback: true);
        await using var first = await PipelineBench.StartAsync(FakeEngine.Failing(BridgeErrorKind.EngineFault), fallback: second.Pipeline);

        Assert.True((await first.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Fallback = FallbackPolicy.Any })).Degraded);
        first.Options.Fallback = FallbackPolicy.Any;
        Assert.Equal(BridgeErrorKind.EngineFault, (await first.RefusalAsync(new EmbeddingRequest { Inputs = ["a"], Fallback = FallbackPolicy.Off })).Kind);
    }

    [Fact]
    public async Task Space_that_is_demanded_is_answered_in()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        var space = (await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"] })).Space.ToString();

        Assert.Equal(space, (await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Space = space })).Space.ToString());
    }

    [Fact]
    public async Task Another_space_than_the_demanded_one_is_refused_before_anything_is_computed()
    {
        var engine = FakeEngine.Answering(3, 4);
        await using var bench = await PipelineBench.StartAsync(engine);
        var space = (await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"] })).Space.ToString();

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a"], Space = space, Normalize = false });

        Assert.Equal((BridgeErrorKind.SpaceMismatch, 1), (error.Kind, engine.Calls));
    }

    [Fact]
    public async Task Vectors_of_another_precision_than_the_demanded_one_are_given_to_nobody()
    {
        var engine = new FakeEngine(
            (_, rows, _) =>
            {
                rows.Span.Fill(1);
                return new(new EngineReply(null, TimeSpan.Zero));
            },
            "bfloat16");
        await using var bench = await PipelineBench.StartAsync(engine);
        var space = (await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"] })).Space;

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a"], Space = (space with { Precision = "float32" }).ToString() });

        Assert.Equal((BridgeErrorKind.SpaceMismatch, 2), (error.Kind, engine.Calls));
    }

    [Fact]
    public async Task Fallback_model_does_not_answer_in_another_space_than_the_demanded_one()
    {
        await using var second = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4, 5), dimension: 3, isFallback: true);
        await using var good = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        var dead = new BridgeError(BridgeErrorKind.EngineFault, "It died.") { RetryAfter = TimeSpan.FromSeconds(7) };
        await using var first = await PipelineBench.StartAsync(
            new FakeEngine((_, _, _) => new(new EngineReply(dead, TimeSpan.Zero))), configure: options => options.Fallback = FallbackPolicy.Any, fallback: second.Pipeline);
        var space = (await good.EmbedAsync(new EmbeddingRequest { Inputs = ["a"] })).Space.ToString();

        var error = await first.RefusalAsync(new EmbeddingRequest { Inputs = ["a"], Space = space });

        Assert.Equal((BridgeErrorKind.SpaceMismatch, dead.RetryAfter), (error.Kind, error.RetryAfter));
        Assert.StartsWith("It died. The space that is demanded", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Vectors_are_given_out_when_the_weights_were_hashed(bool demanded)
    {
        var engine = FakeEngine.Answering(3, 4);
        var space = new TaskCompletionSource<EmbeddingSpace>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var bench = await PipelineBench.StartAsync(engine, space: space.Task);
        var embedding = bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Space = demanded ? PipelineBench.Space(2).ToString() : null });
        await Soon.UntilAsync(() => demanded || engine.Calls == 1);
        Assert.Equal((false, demanded ? 0 : 1), (embedding.IsCompleted, engine.Calls));

        space.SetResult(PipelineBench.Space(2));

        Assert.Equal("0011223344556677", (await embedding).Space.Weights);
    }

    [Fact]
    public async Task Demand_that_cannot_be_judged_within_the_requests_time_is_an_error()
    {
        var space = new TaskCompletionSource<EmbeddingSpace>();
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), space: space.Task);

        var error = await bench.RefusalAsync(
            new EmbeddingRequest { Inputs = ["a"], Space = PipelineBench.Space(2).ToString(), Timeout = TimeSpan.FromMilliseconds(1) });

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, error.Kind);
        Assert.Contains("before the model's weights were hashed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_of_more_ids_than_a_request_may_have_are_not_decoded()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), configure: options => options.Admission.MaxTokens = 4);

        Assert.Equal(2, bench.Pipeline.Decode([[2028, 2028], [2028, 2028]], skipSpecialTokens: true).Length);
        Assert.Equal(
            BridgeErrorKind.TooLarge, Assert.Throws<BridgeException>(() => bench.Pipeline.Decode([[2028, 2028], [2028, 2028, 2028]], skipSpecialTokens: true)).Error.Kind);
    }

    [Fact]
    public async Task Guilty_input_is_named_by_its_place_in_the_request()
    {
        var engine = new FakeEngine((batch, _, _) => new(new EngineReply(
            batch.Lengths.Span[0] == 12 ? new BridgeError(BridgeErrorKind.PoisonInput, "It kills.") { InputIndex = 0 } : null, TimeSpan.Zero)));
        await using var bench = await PipelineBench.StartAsync(engine);

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = Inputs });

        Assert.Equal(4, error.InputIndex);
    }

    [Fact]
    public async Task Input_whose_row_is_no_number_is_named_by_its_place_in_the_request()
    {
        var engine = new FakeEngine((batch, rows, _) =>
        {
            rows.Span.Fill(batch.Lengths.Span[0] == 12 ? float.NaN : 1);
            return new(new EngineReply(null, TimeSpan.Zero));
        });
        await using var bench = await PipelineBench.StartAsync(engine);

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = Inputs });

        Assert.Equal((BridgeErrorKind.EngineFault, 4), (error.Kind, error.InputIndex!.Value));
        Assert.Contains("not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_failed_batch_is_the_requests_error_and_gives_its_permits_back()
    {
        var engine = new FakeEngine(async (batch, _, cancellationToken) =>
        {
            if (batch.Lengths.Span[0] < 12)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            return new EngineReply(new BridgeError(BridgeErrorKind.NoEngine, "It is gone."), TimeSpan.Zero);
        });
        await using var bench = await PipelineBench.StartAsync(engine);

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = [.. Inputs.Reverse()] });

        Assert.Equal("It is gone.", error.Message);
        Assert.Equal(0, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Large_request_has_no_more_batches_with_the_engines_than_they_have_seats()
    {
        var (running, most) = (0, 0);
        var engine = new FakeEngine(async (_, rows, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            rows.Span.Fill(1);
            return new EngineReply(null, TimeSpan.Zero);
        });
        await using var bench = await PipelineBench.StartAsync(engine);

        var result = await bench.EmbedAsync(new EmbeddingRequest { Inputs = [.. Enumerable.Range(0, 500).Select(number => $"text {number}")] });

        Assert.Equal(500, result.Vectors.Count);
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task Full_bridge_sheds_at_once()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(1, 1), configure: options => options.Admission.MaxTokens = 10);
        using var other = bench.Ledger.Open("another");
        Assert.Null(bench.Gate.TryAdmit(other, 9, EmbeddingPriority.Interactive, null, TimeSpan.FromSeconds(1)));

        Assert.Equal(BridgeErrorKind.Overloaded, (await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a"] })).Kind);
        Assert.Equal(9, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Caller_that_leaves_gives_its_permits_back()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Hanging());
        using var caller = new CancellationTokenSource();
        var embed = bench.EmbedAsync(new EmbeddingRequest { Inputs = Inputs }, caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embed);
        Assert.Equal(0, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Large_request_is_tokenised_elsewhere_and_gets_the_same_rows()
    {
        await using var bench = await PipelineBench.StartAsync(Lengths());
        var words = string.Join(' ', Enumerable.Repeat("word", 100));
        string[] inputs = [.. Enumerable.Range(0, 40).SelectMany(number => new[] { $"{words} {number % 7}", "a b" })];

        var result = await bench.EmbedAsync(new EmbeddingRequest { Inputs = inputs, Normalize = false });

        Assert.Equal(inputs.Select(input => input == "a b" ? 4f : 103f), result.Vectors.Select(vector => vector.Span[0]));
        Assert.Equal(0, bench.Ledger.Used(SharedResource.Characters));
    }

    [Fact]
    public async Task Request_over_what_all_texts_may_take_is_refused_before_any_work()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(1, 1), configure: options => options.Admission.Characters = 1000);
        using var other = bench.Ledger.Open("another");
        Assert.Null(other.TryCharge(SharedResource.Characters, 500));

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = [.. Enumerable.Repeat("", 600)], Prompt = "p" });

        Assert.Equal(BridgeErrorKind.Overloaded, error.Kind);
        Assert.Equal(500, bench.Ledger.Used(SharedResource.Characters));
        Assert.Equal(0, bench.Gate.Admitted);
    }

    [Fact]
    public async Task Deadline_that_passes_while_texts_are_tokenised_ends_the_request()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(1, 1));
        var text = string.Join(' ', Enumerable.Repeat("word", 20_000));

        var error = await bench.RefusalAsync(new EmbeddingRequest
        {
            Inputs = [.. Enumerable.Range(0, 200).Select(number => $"{number} {text}")],
            Timeout = TimeSpan.FromTicks(1),
        });

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, error.Kind);
        Assert.Equal((0, 0), (bench.Gate.Admitted, bench.Ledger.Used(SharedResource.Characters)));
    }

    [Fact]
    public async Task Interactive_above_its_size_counts_as_bulk()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(1, 1), configure: options =>
        {
            options.Admission.MaxTokens = 1000;
            options.Batching.BulkTokens = 10;
        });
        using var other = bench.Ledger.Open("another");
        Assert.Null(bench.Gate.TryAdmit(other, 690, EmbeddingPriority.Bulk, null, TimeSpan.FromSeconds(1)));

        // Bulk work may have three quarters of the tokens; interactive work all of them.
        var claim = new EmbeddingRequest { Inputs = [string.Join(' ', Enumerable.Repeat("word", 90))], Priority = EmbeddingPriority.Interactive };

        Assert.Equal(BridgeErrorKind.Overloaded, (await bench.RefusalAsync(claim)).Kind);
    }

    [Fact]
    public async Task Result_says_what_was_computed_by_whom_and_how_long_it_took()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        var tooLong = string.Join(' ', Enumerable.Repeat("word", 300));

        var result = await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a", tooLong], Prompt = "mine: " });

        Assert.Equal(("test/model", "in-process", false), (result.Model, result.ServedBy, result.Degraded));
        Assert.Equal([5, 256], result.Tokens);
        Assert.Equal([false, true], result.Truncated);
        Assert.Equal(PipelineBench.Space(2) with { Prompt = "mine: " }, result.Space);
        Assert.Equal(TimeSpan.FromMilliseconds(2), result.Compute);
        Assert.InRange(result.Tokenizing, TimeSpan.FromTicks(1), result.Duration);
    }

    [Fact]
    public async Task Facts_have_the_space_when_the_weights_were_hashed()
    {
        var space = new TaskCompletionSource<EmbeddingSpace>();
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), space: space.Task);
        Assert.Null(bench.Pipeline.Facts.Space);

        space.SetResult(PipelineBench.Space(2));

        Assert.Equal(PipelineBench.Space(2), bench.Pipeline.Facts.Space);
    }

    [Fact]
    public async Task Tokens_that_are_admitted_are_among_what_waits()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        using var other = bench.Ledger.Open("another");
        Assert.Null(bench.Gate.TryAdmit(other, 9, EmbeddingPriority.Interactive, null, TimeSpan.FromSeconds(1)));

        Assert.Equal(9, bench.Pipeline.Queue.AdmittedTokens);
    }

    [Fact]
    public async Task Input_that_may_not_be_cut_and_is_too_long_is_named()
    {
        var engine = FakeEngine.Answering(3, 4);
        await using var bench = await PipelineBench.StartAsync(engine);

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a", string.Join(' ', Enumerable.Repeat("word", 300))], Truncate = false });

        Assert.Equal((BridgeErrorKind.TooLong, 1, 0), (error.Kind, error.InputIndex!.Value, engine.Calls));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Input_that_the_worker_has_cut_is_refused_only_where_it_may_not_be_cut(bool truncate)
    {
        // The last value of a row is its tokens, negative where the text was cut.
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4, -256), model: TestModel.Library());
        var request = new EmbeddingRequest { Inputs = ["a"], Truncate = truncate };

        if (truncate)
        {
            var result = await bench.EmbedAsync(request);
            Assert.Equal((256, true), (result.TotalTokens, Assert.Single(result.Truncated)));
            return;
        }

        var error = await bench.RefusalAsync(request);
        Assert.Equal((BridgeErrorKind.TooLong, 0), (error.Kind, error.InputIndex!.Value));
    }

    [Fact]
    public async Task Both_reasons_are_told_where_the_fallback_model_cannot_answer_either()
    {
        await using var second = await PipelineBench.StartAsync(FakeEngine.Failing(BridgeErrorKind.NoEngine, "It is gone."), isFallback: true);
        await using var first = await PipelineBench.StartAsync(
            FakeEngine.Failing(BridgeErrorKind.EngineFault, "It died."), configure: options => options.Fallback = FallbackPolicy.Any, fallback: second.Pipeline);

        var error = await first.RefusalAsync(new EmbeddingRequest { Inputs = ["a"] });

        Assert.Equal((BridgeErrorKind.EngineFault, "It died. The fallback model cannot answer either: It is gone."), (error.Kind, error.Message));
    }

    [Theory]
    [InlineData(FallbackPolicy.Off, false, false)]
    [InlineData(FallbackPolicy.SameSpace, false, true)]
    [InlineData(FallbackPolicy.Off, true, true)]
    public async Task In_process_engine_stands_in_where_the_request_allows_it_and_always_for_a_fallback_model(FallbackPolicy policy, bool isFallback, bool answers)
    {
        var pool = new WorkerPool(2, TimeProvider.System);
        pool.ReportOutage(new BridgeError(BridgeErrorKind.NoEngine, "There is no Python."));
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), isFallback: isFallback, pool: pool);
        var request = new EmbeddingRequest { Inputs = ["a"], Fallback = policy };

        if (answers)
        {
            Assert.True((await bench.EmbedAsync(request)).Degraded);
            return;
        }

        Assert.Equal(BridgeErrorKind.NoEngine, (await bench.RefusalAsync(request)).Kind);
    }

    [Fact]
    public async Task Weights_that_are_not_hashed_within_the_requests_time_end_it()
    {
        var time = new FakeTimeProvider();
        var engine = FakeEngine.Answering(3, 4);
        await using var bench = await PipelineBench.StartAsync(engine, space: new TaskCompletionSource<EmbeddingSpace>().Task, time: time);
        var refusing = bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a"] });
        await Soon.UntilAsync(() => engine.Calls == 1);

        var error = await Soon.AdvanceUntilAsync(time, TimeSpan.FromSeconds(1), refusing);

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, error.Kind);
    }

    [Fact]
    public async Task Request_whose_time_is_long_over_does_not_wait_for_the_weights()
    {
        var time = new FakeTimeProvider();
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), space: new TaskCompletionSource<EmbeddingSpace>().Task, time: time);
        using var account = bench.Ledger.Open(null);
        var started = time.GetTimestamp();
        time.Advance(TimeSpan.FromHours(1));

        var error = await Assert.ThrowsAsync<BridgeException>(() => bench.Pipeline.EmbedAsync(
            new EmbeddingRequest { Inputs = ["a"], Space = PipelineBench.Space(2).ToString() }, account, started, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, error.Error.Kind);
    }

    [Fact]
    public async Task Caller_that_leaves_before_the_weights_were_hashed_is_let_go()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), space: new TaskCompletionSource<EmbeddingSpace>().Task);
        using var caller = new CancellationTokenSource();
        var embedding = bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a"], Space = PipelineBench.Space(2).ToString() }, caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
    }

    [Fact]
    public async Task Vectors_for_which_there_is_no_memory_are_refused_before_anything_is_computed()
    {
        var engine = FakeEngine.Answering(3, 4);
        await using var bench = await PipelineBench.StartAsync(engine, configure: options => options.Admission.AnswerBytes = 1_000);
        using var other = bench.Ledger.Open("another");
        Assert.Null(other.TryCharge(SharedResource.AnswerBytes, 500));

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = [.. Enumerable.Repeat("a", 100)] });

        Assert.Equal((BridgeErrorKind.Overloaded, 0), (error.Kind, engine.Calls));
        Assert.Null(other.TryCharge(SharedResource.AnswerBytes, 300));
    }

    [Fact]
    public async Task Tokens_count_for_their_caller_only_where_they_were_admitted()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), configure: options => options.Admission.MaxTokens = 20);
        var allowance = new CallerAllowance("team", 100, 0, new FakeTimeProvider());
        using (var other = bench.Ledger.Open("another"))
        {
            Assert.Null(bench.Gate.TryAdmit(other, 18, EmbeddingPriority.Interactive, null, TimeSpan.FromSeconds(1)));
            Assert.Equal(BridgeErrorKind.Overloaded, (await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a b c"] }, allowance)).Kind);
        }

        await bench.EmbedAsync(new EmbeddingRequest { Inputs = ["a b c"] }, allowance: allowance);

        Assert.NotNull(allowance.TryTake(96));
        Assert.Null(allowance.TryTake(95));
        Assert.Contains("'team'", (await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["a b c"] }, allowance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_that_others_would_keep_waiting_for_longer_than_its_time_is_refused_at_once()
    {
        // Eight tokens a second, and then nothing more.
        var time = new FakeTimeProvider();
        var calls = 0;
        var engine = new FakeEngine(async (_, rows, cancellationToken) =>
        {
            if (++calls > 3)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            time.Advance(TimeSpan.FromSeconds(1));
            rows.Span.Fill(1);
            return new EngineReply(null, TimeSpan.FromSeconds(1));
        });
        await using var bench = await PipelineBench.StartAsync(engine, time: time);
        await bench.EmbedAsync(new EmbeddingRequest { Inputs = Texts("a", 6) });
        using var leaving = new CancellationTokenSource();
        var greedy = bench.EmbedAsync(new EmbeddingRequest { Inputs = Texts("b", 25), Caller = "greedy" }, leaving.Token);

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = Texts("c", 10), Timeout = TimeSpan.FromSeconds(5) })
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Equal(BridgeErrorKind.Overloaded, error.Kind);
        Assert.Contains("longer than its time allows", error.Message, StringComparison.Ordinal);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => greedy);

        static string[] Texts(string word, int count) => [.. Enumerable.Range(0, count).Select(number => $"{word} {number}")];
    }

    [Fact]
    public async Task Text_that_cannot_be_pooled_is_refused_before_anything_is_computed()
    {
        using var copy = UnpooledPromptTests.WithoutTokenAtTheEnd();
        var model = copy.Read();
        using var content = model.Content;
        var engine = FakeEngine.Answering(3, 4);
        await using var bench = await PipelineBench.StartAsync(engine, model: model, tokenizer: TokenizerFile.Load(model));

        var error = await bench.RefusalAsync(new EmbeddingRequest { Inputs = ["A text.", ""], Prompt = "query: " });

        Assert.Equal((BridgeErrorKind.BadInput, 1, 0), (error.Kind, error.InputIndex!.Value, engine.Calls));
    }

    [Fact]
    public async Task Tokens_of_an_input_are_counted_behind_its_prompt_and_as_they_are_where_they_were_given()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));

        Assert.Equal((5, 256), await CountAsync(bench, new EmbeddingRequest { Inputs = ["one", "two"], Prompt = "query: " }, 1));
        Assert.Equal((3, 256), await CountAsync(bench, new EmbeddingRequest { Inputs = [], TokenIds = [[1], [1, 2, 3]] }, 1));
        var error = await Assert.ThrowsAsync<BridgeException>(() => CountAsync(bench, new EmbeddingRequest { Inputs = ["one"], PromptName = "none" }, 0));
        Assert.Equal(BridgeErrorKind.BadInput, error.Error.Kind);
    }

    [Fact]
    public async Task Requests_own_time_limits_how_long_its_tokens_are_counted_or_listed()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        var request = new EmbeddingRequest { Inputs = [string.Join(' ', Enumerable.Repeat("word", 100_000))], Timeout = TimeSpan.FromTicks(1) };
        using var account = bench.Ledger.Open(null);

        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await Assert.ThrowsAsync<BridgeException>(() => CountAsync(bench, request, 0))).Error.Kind);
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, (await Assert.ThrowsAsync<BridgeException>(() => ListAsync(bench, request, account))).Error.Kind);
    }

    [Fact]
    public async Task Tokens_are_listed_as_far_as_there_is_memory_for_the_list()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), configure: options => options.Admission.AnswerBytes = 10_000);
        using var account = bench.Ledger.Open(null);

        Assert.Equal(3, Assert.Single(await ListAsync(bench, new EmbeddingRequest { Inputs = ["one"] }, account)).Tokens.Count);
        Assert.Single(Assert.Single(await ListAsync(bench, new EmbeddingRequest { Inputs = ["one"] }, account, addSpecialTokens: false)).Tokens);
        using (var other = bench.Ledger.Open("another"))
        {
            Assert.Null(other.TryCharge(SharedResource.AnswerBytes, 1));
            var error = await Assert.ThrowsAsync<BridgeException>(() => ListAsync(bench, new EmbeddingRequest { Inputs = [new string('a', 400)] }, account));
            Assert.Equal(BridgeErrorKind.Overloaded, error.Error.Kind);
        }

        Assert.Equal(
            BridgeErrorKind.BadInput,
            (await Assert.ThrowsAsync<BridgeException>(() => ListAsync(bench, new EmbeddingRequest { Inputs = [] }, account))).Error.Kind);
    }

    private static Task<(int Given, int Most)> CountAsync(PipelineBench bench, EmbeddingRequest request, int input) =>
        bench.Pipeline.CountTokensAsync(request, input, TimeProvider.System.GetTimestamp(), TestContext.Current.CancellationToken);

    private static Task<IReadOnlyList<TokenizedText>> ListAsync(PipelineBench bench, EmbeddingRequest request, RequestAccount account, bool addSpecialTokens = true) =>
        bench.Pipeline.TokenizeAsync(request, addSpecialTokens, account, TimeProvider.System.GetTimestamp(), TestContext.Current.CancellationToken);

    private static FakeEngine Lengths() => new((batch, rows, _) =>
    {
        for (var text = 0; text < batch.Texts; text++)
        {
            rows.Span[text * 2] = rows.Span[(text * 2) + 1] = batch.Lengths.Span[text];
        }

        return new(new EngineReply(null, TimeSpan.Zero));
    });
}
