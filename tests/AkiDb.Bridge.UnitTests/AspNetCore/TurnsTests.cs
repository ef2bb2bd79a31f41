using System.Buffers;
using System.IO.Pipelines;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

/// <summary>Callers that send as fast as they are read, and read as fast as they are sent to: whoever comes after them does not wait until they are done.</summary>
public sealed class TurnsTests
{
    private const int Callers = 32;
    private const int Pieces = 50;
    private const int PieceBytes = 64 * 1024;

    [Fact]
    public async Task Refused_bodies_are_dropped_in_turn()
    {
        using var lifetime = new ServerDrain(TimeSpan.Zero, new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), TimeProvider.System);
        using var unread = new UnreadBody(lifetime, TimeProvider.System);

        await AssertInTurnAsync(() => unread.DiscardAsync(Sending()));
    }

    [Fact]
    public async Task Bodies_are_read_in_turn()
    {
        var ledger = new ResourceLedger(new AdmissionOptions());

        await AssertInTurnAsync(async () =>
        {
            using var account = ledger.Open("caller");
            using var body = new RequestBody(Sending().Request, maxBytes: long.MaxValue, account);
            await body.ReadAsync(TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public async Task Answers_are_written_in_turn() => await AssertInTurnAsync(async () =>
    {
        using var answer = new ResponseBody(new DefaultHttpContext().Response);
        for (var piece = 0; piece < Pieces; piece++)
        {
            answer.Advance(answer.GetMemory(PieceBytes).Length);
            await answer.SendPieceAsync(TestContext.Current.CancellationToken);
        }
    });

    private static async Task AssertInTurnAsync(Func<Task> call)
    {
        // None begins before all have come: the first would else be done before the last.
        using var haveCome = new ManualResetEventSlim();
        var done = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var caller = 0; caller < Callers; caller++)
        {
            // In the queue that all threads share, as what has come from a socket.
            ThreadPool.UnsafeQueueUserWorkItem(
                async _ =>
                {
                    try
                    {
                        haveCome.Wait();
                        await call();
                    }
                    catch (Exception error)
                    {
                        all.TrySetException(error);
                    }

                    if (Interlocked.Increment(ref done) == Callers)
                    {
                        all.TrySetResult();
                    }
                },
                0,
                preferLocal: false);
        }

        var doneBefore = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(_ => doneBefore.SetResult(Volatile.Read(ref done)), 0, preferLocal: false);
        haveCome.Set();

        Assert.Equal(0, await doneBefore.Task);
        await all.Task;
    }

    private static DefaultHttpContext Sending()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IRequestBodyPipeFeature>(new Feature());
        return context;
    }

    private sealed class Feature : IRequestBodyPipeFeature
    {
        public PipeReader Reader { get; } = new Sender();
    }

    private sealed class Sender : PipeReader
    {
        private static readonly ReadOnlySequence<byte> Piece = new(new byte[PieceBytes]);
        private int sent;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult(new ReadResult(Piece, isCanceled: false, ++sent == Pieces));

        public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

        public override void AdvanceTo(SequencePosition consumed)
        {
        }

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
        }

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
