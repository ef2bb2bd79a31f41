using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class RowAuditTests : IAsyncDisposable
{
    private const int Dimension = 3;

    // Three texts of 2, 3 and 9 tokens.
    private static readonly TokenBatch Probe = new(new int[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 }, new int[] { 2, 3, 9 });

    private static readonly TokenBatch Odd = new(new int[] { 999, 5 }, new int[] { 2 });
    private static readonly TokenBatch ThreeTexts = new(new int[] { 600, 601, 700, 701, 800, 801 }, new int[] { 2, 2, 2 });

    private readonly ParityProbe probe = new(
        Probe, new RowValidator(Dimension, Dimension, mayBeZero: false), new FakeTimeProvider(), new RecordingLogger<ParityProbe>());

    private readonly RecordingLogger<RowAudit> log = new();
    private readonly List<string> expelled = [];
    private readonly Random random = new(7);
    private readonly RowAudit audit;
    private readonly FakeEngine engine;
    private Func<TokenBatch, float[], float[]> change = (_, rows) => rows;
    private long asked;
    private long computed;

    public RowAuditTests()
    {
        audit = new RowAudit(probe, (_, reason) => expelled.Add(reason), random.Next, log);
        engine = new FakeEngine((batch, rows, _) =>
        {
            computed += batch.Tokens;
            change(batch, Right(batch)).CopyTo(rows);
            return new(new EngineReply(null, TimeSpan.Zero));
        });
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What makes the rows of a batch wrong.</summary>
    public static TheoryData<string> Faults => ["noise", "negated", "rotated", "previous", "half as long"];

    public ValueTask DisposeAsync()
    {
        probe.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Known_texts_cost_less_than_half_a_percent_of_the_tokens_and_change_no_row()
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        computed = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var batch = RandomBatch();
            var (reply, rows) = await ComputeAsync(batch);
            Assert.Null(reply.Error);
            Assert.Equal(Right(batch), rows);
        }

        Assert.InRange(computed - asked, 1, 0.005 * asked);
        Assert.Empty(expelled);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Engine_whose_rows_are_wrong_is_out_after_a_few_thousand_tokens_and_its_answers_are_suspect(string fault)
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        for (var i = 0; i < 6; i++)
        {
            await ComputeAsync(RandomBatch());
        }

        asked = 0;
        float[] before = [4, 1, 1];
        change = (batch, rows) =>
        {
            var last = before;
            before = rows[^Dimension..];
            return fault switch
            {
                "noise" => Noise(rows.Length),
                "negated" => [.. rows.Select(value => -value)],
                "rotated" => [.. rows[Dimension..], .. rows[..Dimension]],
                "previous" => [.. last, .. rows[..^Dimension]],
                _ => [.. rows.Select(value => value / 2)],
            };
        };
        var texts = 0;
        while (expelled.Count == 0)
        {
            var batch = RandomBatch();
            var (reply, _) = await ComputeAsync(batch);
            Assert.InRange(asked, 0, 6_000);
            texts += reply.Error is null ? batch.Texts : 0;
            Assert.True(reply.Error is null || expelled.Count == 1);
        }

        Assert.InRange(audit.SuspectTexts("in-process"), texts, texts + 400);
        Assert.Contains(log.Entries, entry => entry.Message.Contains("are suspect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_rows_before_a_known_text_that_comes_out_right_are_suspect_too()
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        var checks = 0;
        var wrong = 0;

        // Only batches without a known text are wrong, until two have been missed; then those are too.
        change = (batch, rows) =>
        {
            var isChecked = batch.Texts != ThreeTexts.Texts;
            checks += isChecked ? 1 : 0;
            wrong += isChecked || checks == 0 ? 0 : batch.Texts;
            return isChecked && checks < 3 ? rows : [.. rows.Select(value => -value)];
        };
        while (expelled.Count == 0)
        {
            await ComputeAsync(ThreeTexts);
            Assert.InRange(checks, 0, 3);
        }

        // Of the three stretches that end with a check, the first one alone is behind two checks.
        Assert.InRange(audit.SuspectTexts("in-process"), wrong, wrong + (2 * ThreeTexts.Texts));
    }

    [Fact]
    public async Task Batch_beside_the_one_that_showed_the_engine_to_be_wrong_is_answered_to_nobody()
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        using var computing = new SemaphoreSlim(0);
        var slow = new FakeEngine(async (batch, rows, _) =>
        {
            var isBeside = batch.Ids.Span.IndexOf(600) >= 0;
            if (isBeside)
            {
                await computing.WaitAsync(Stop);
            }

            Right(batch).Select(value => isBeside ? value : -value).ToArray().CopyTo(rows);
            return new EngineReply(null, TimeSpan.Zero);
        });
        var beside = audit.EmbedAsync(slow, Call(ThreeTexts), TimeSpan.FromSeconds(1), Stop);
        while (expelled.Count == 0)
        {
            await audit.EmbedAsync(slow, Call(RandomBatchWithout(600)), TimeSpan.FromSeconds(1), Stop);
        }

        computing.Release(2);

        Assert.Equal(BridgeErrorKind.EngineFault, (await beside).Error!.Kind);
        Assert.Single(expelled);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(0f)]
    [InlineData(1e9f)]
    public async Task Row_that_cannot_be_right_fails_its_batch_and_puts_the_engine_out_when_another_one_computes_it(float value)
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        change = (_, rows) => [.. rows[..^Dimension], value, value, value];
        var batch = RandomBatch();
        var call = Call(batch);

        var failed = await audit.EmbedAsync(engine, call, TimeSpan.FromSeconds(1), Stop);
        Assert.Equal((BridgeErrorKind.EngineFault, batch.Texts - 1), (failed.Error!.Kind, failed.Error.InputIndex!.Value));
        Assert.Empty(expelled);

        var other = new FakeEngine((texts, rows, _) =>
        {
            Right(texts).CopyTo(rows);
            return new(new EngineReply(null, TimeSpan.Zero));
        });
        Assert.Null((await audit.EmbedAsync(other, call, TimeSpan.FromSeconds(1), Stop)).Error);
        Assert.Single(expelled);
    }

    [Fact]
    public async Task Text_that_no_engine_computes_well_puts_none_of_them_out()
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        change = (batch, rows) =>
        {
            for (var text = 0; text < batch.Texts; text++)
            {
                rows[text * Dimension] = batch.Slice(text, 1).Ids.Span.Contains(999) ? float.NaN : rows[text * Dimension];
            }

            return rows;
        };
        for (var i = 0; i < 10; i++)
        {
            // A known text comes with it after the first time, and is computed well.
            var call = Call(Odd);
            Assert.NotNull((await audit.EmbedAsync(engine, call, TimeSpan.FromSeconds(1), Stop)).Error);
        }

        Assert.Empty(expelled);
    }

    [Fact]
    public async Task Index_of_an_error_is_the_callers()
    {
        Assert.Null(await probe.CheckAsync(engine, engine, Stop));
        var failing = new FakeEngine((batch, _, _) => new(new EngineReply(
            new BridgeError(BridgeErrorKind.EngineFault, "It failed.") { InputIndex = batch.Ids.Span.IndexOf(700) / 2 }, TimeSpan.Zero)));
        for (var i = 0; i < 300; i++)
        {
            var reply = await audit.EmbedAsync(failing, Call(ThreeTexts), TimeSpan.FromSeconds(1), Stop);
            Assert.True(reply.Error!.InputIndex is 1 or null);
        }
    }

    private static DispatchCall Call(TokenBatch batch) =>
        new(batch, new float[batch.Texts * Dimension], new EngineRequirements(true, false), lease: null, retries: 1, deaths: 0);

    // A text's row depends on its ids alone, and is never normalised.
    private static float[] Right(TokenBatch batch)
    {
        var rows = new List<float>();
        for (var text = 0; text < batch.Texts; text++)
        {
            var ids = batch.Slice(text, 1).Ids.ToArray();
            rows.AddRange([3 + (ids[0] % 5), ids.Sum() % 7, ids.Length % 3]);
        }

        return [.. rows];
    }

    private async Task<(EngineReply Reply, float[] Rows)> ComputeAsync(TokenBatch batch)
    {
        asked += batch.Tokens;
        var call = Call(batch);
        var reply = await audit.EmbedAsync(engine, call, TimeSpan.FromSeconds(1), Stop);
        return (reply, call.Rows.ToArray());
    }

    private TokenBatch RandomBatch()
    {
        var lengths = Enumerable.Range(0, random.Next(2, 20)).Select(_ => random.Next(1, 20)).ToArray();
        return new TokenBatch(Enumerable.Range(0, lengths.Sum()).Select(_ => random.Next(100, 900)).ToArray(), lengths);
    }

    private TokenBatch RandomBatchWithout(int id)
    {
        while (true)
        {
            var batch = RandomBatch();
            if (batch.Ids.Span.IndexOf(id) < 0)
            {
                return batch;
            }
        }
    }

    private float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5) * 8)];
}
