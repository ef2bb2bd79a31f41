using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Batching;

/// <summary>The state against a simple model: join, join the same, leave, time out, cut, answer, fail, divide, die, close, in every order.</summary>
public sealed class BatcherStateModelTests
{
    private static readonly Gen<(int What, int Which, int How)[]> Operations = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 99], Gen.Int[0, 99]).Array[1, 80];

    [Fact]
    public void State_does_what_the_model_does() => Operations.Sample(
        operations =>
        {
            var run = new Run();
            foreach (var (what, which, how) in operations)
            {
                run.Do(what, which, how);
                run.Compare();
            }

            run.Finish();
        },
        iter: 10_000);

    /// <summary>A text as the model sees it: who waits for it, and in which batch it is; counted anew whenever something is asked.</summary>
    private sealed class ModelText(int key)
    {
        public int Key { get; } = key;

        public List<EmbedJob> Waiters { get; } = [];

        public RunningBatch? Batch { get; set; }

        public bool IsOpen { get; set; } = true;
    }

    private sealed class Run
    {
        private static readonly BridgeError Error = new(BridgeErrorKind.EngineFault, "It failed.");

        private readonly FakeTimeProvider time = new();
        private readonly BatcherState state;
        private readonly FakeEngine engine = FakeEngine.Hanging();
        private readonly List<EmbedJob> open = [];
        private readonly HashSet<EmbedJob> ended = [];
        private readonly List<ModelText> texts = [];
        private readonly Dictionary<RunningBatch, int> running = [];
        private readonly HashSet<RunningBatch> unwanted = [];
        private bool closed;

        public Run() => state = new BatcherState(3, time);

        public void Do(int what, int which, int how)
        {
            switch (what)
            {
                case 0 or 1 or 2:
                    Join(which, how);
                    break;
                case 3 when open.Count > 0:
                    Leave(open[which % open.Count]);
                    break;
                case 4 or 5:
                    Cut();
                    break;
                case 6 or 7 or 8 when running.Count > 0:
                    var batch = running.Keys.OrderBy(each => each.Number).ElementAt(which % running.Count);
                    Progress(batch, (how % 4) switch { 0 => 1, _ => int.MaxValue }, fails: what == 7);
                    break;
                case 9 when how < 60:
                    time.Advance(TimeSpan.FromMilliseconds(100));
                    break;
                case 9 when how > 97 && !closed:
                    closed = true;
                    Assert.Equal(open, state.Close());
                    foreach (var job in open.ToList())
                    {
                        Leave(job);
                    }

                    break;
            }
        }

        public void Compare()
        {
            var (interactive, bulk, _) = state.Waiting;
            Assert.Equal(texts.Count(text => text is { IsOpen: true, Batch: null }), interactive + bulk);
            Assert.Equal(texts.Count(text => text.IsOpen), state.Queues.Sum(queue => queue.Texts.Count));
            Assert.Equal(open, state.OpenSince(long.MaxValue).Overdue);
            Assert.All(open, job => Assert.Contains(texts, text => text.IsOpen && text.Waiters.Contains(job)));
            Assert.All(ended, job => Assert.Null(job.Place));
            foreach (var batch in running.Keys)
            {
                Assert.Equal(texts.Count(text => text.IsOpen && text.Batch == batch && text.Waiters.Count > 0), batch.Wanted);
            }
        }

        // Everything that waits or runs is answered: then nobody is left.
        public void Finish()
        {
            for (var rounds = 0; open.Count > 0 && rounds < 1_000; rounds++)
            {
                Cut();
                foreach (var batch in running.Keys.ToList())
                {
                    Progress(batch, int.MaxValue, fails: false);
                }

                Compare();
            }

            Assert.Empty(open);
        }

        private void Join(int which, int how)
        {
            var keys = Enumerable.Range(0, 1 + (how % 3)).Select(text => 1 + ((which + (text * how)) % 5)).ToArray();
            var priority = which % 4 == 0 ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive;
            var deadline = time.GetTimestamp() + (time.TimestampFrequency * (1 + (how % 5)) / 10);
            var job = new EmbedJob(new TokenBatch(keys, Enumerable.Repeat(1, keys.Length).ToArray()), $"{which % 3}", priority, true, deadline, (_, _) => { });
            Assert.Equal(!closed, state.TryOpen(job));
            if (closed)
            {
                return;
            }

            open.Add(job);
            for (var index = 0; index < keys.Length; index++)
            {
                Assert.True(state.TryAdd(job, index, keys.AsMemory(index, 1), new EngineRequirements(true, false)));
                var text = texts.FirstOrDefault(text => text.IsOpen && text.Key == keys[index]);
                if (text is null)
                {
                    texts.Add(text = new ModelText(keys[index]));
                }

                text.Waiters.Add(job);
            }
        }

        private void Leave(EmbedJob job)
        {
            var given = state.TryEnd(job, Error);
            Assert.NotNull(given);
            Assert.Null(state.TryEnd(job, Error));
            Assert.Equal(End(job).Order(), given.Select(batch => batch.Number).Order());
        }

        // Returns the batches that nobody waits for from now on.
        private List<long> End(EmbedJob job)
        {
            open.Remove(job);
            Assert.True(ended.Add(job));
            var touched = texts.Where(text => text.IsOpen && text.Waiters.Contains(job)).ToList();
            touched.ForEach(text => text.Waiters.RemoveAll(waiter => waiter == job));
            foreach (var text in touched.Where(text => text.Waiters.Count == 0 && text.Batch is null))
            {
                text.IsOpen = false;
            }

            var given = touched.Select(text => text.Batch).OfType<RunningBatch>().Distinct()
                .Where(batch => texts.Where(text => text.IsOpen && text.Batch == batch).All(text => text.Waiters.Count == 0)).ToList();
            foreach (var batch in given.Where(batch => touched.Any(text => text.Batch == batch && text.Waiters.Count == 0)))
            {
                texts.Where(text => text.Batch == batch).ToList().ForEach(text => text.IsOpen = false);
                unwanted.Add(batch);
            }

            return [.. given.Select(batch => batch.Number)];
        }

        private void Cut()
        {
            var lease = new EngineLease(engine, 3, false, false, new MemoryStream());
            var batch = state.Cut(state.Queues[0], lease);
            Assert.Equal(closed || !texts.Any(text => text is { IsOpen: true, Batch: null }), batch is null);
            if (batch is null)
            {
                return;
            }

            running.Add(batch, 0);
            foreach (var text in batch.Texts)
            {
                texts.Single(each => each is { IsOpen: true, Batch: null } && each.Key == text.Ids.Span[0]).Batch = batch;
            }
        }

        private void Progress(RunningBatch batch, int most, bool fails)
        {
            var first = running[batch];
            var count = Math.Min(most, batch.Texts.Count - first);
            var part = batch.Texts.Skip(first).Take(count).Select(text => (Text: text, Model: texts.SingleOrDefault(each => each.IsOpen && each.Batch == batch && each.Key == text.Ids.Span[0]))).ToList();
            if (fails)
            {
                Fail(batch, first, count, [.. part.Select(each => each.Model).OfType<ModelText>()]);
            }
            else
            {
                Answer(batch, first, count, [.. part.Select(each => each.Model).OfType<ModelText>()]);
            }

            running[batch] = first + count;
            if (first + count == batch.Texts.Count)
            {
                state.Retire(batch);
                running.Remove(batch);
                batch.Dispose();
            }
        }

        private void Answer(RunningBatch batch, int first, int count, List<ModelText> answered)
        {
            var waiters = state.Answer(batch, first, count);
            Assert.Equal(answered.SelectMany(text => text.Waiters), waiters.Select(waiter => waiter.Job));
            answered.ForEach(text => text.IsOpen = false);
            var done = state.Record(waiters, new DispatchReply(null, "engine", "float32", TimeSpan.Zero, false), batch);
            var expected = answered.SelectMany(text => text.Waiters).Distinct().Where(job => !texts.Any(text => text.IsOpen && text.Waiters.Contains(job))).ToList();
            Assert.Equal(expected.ToHashSet(), done.ToHashSet());
            foreach (var job in done)
            {
                open.Remove(job);
                Assert.True(ended.Add(job));
            }
        }

        private void Fail(RunningBatch batch, int first, int count, List<ModelText> failed)
        {
            var now = time.GetTimestamp() + (time.TimestampFrequency * 5 / 1_000);
            var (gone, given) = state.Fail(batch, first, count, Error);
            var expected = new List<EmbedJob>();
            var expectedGiven = new List<long>();
            foreach (var text in failed.Where(text => text.IsOpen))
            {
                if (now >= batch.Deadline && text.Waiters.Any(job => job.Deadline > now))
                {
                    text.Batch = null;
                    continue;
                }

                text.IsOpen = false;
                foreach (var job in text.Waiters.Distinct().Where(open.Contains).ToList())
                {
                    expected.Add(job);
                    expectedGiven.AddRange(End(job));
                }
            }

            Assert.Equal(expected, gone);
            Assert.Equal(expectedGiven.Order(), given.Select(each => each.Number).Order());
        }
    }
}
