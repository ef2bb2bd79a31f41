using AkiDb.Bridge.Processes;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.UnitTests.Exploration;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>A worker process that does what a schedule says: each thing that it does, and each message that the host reads from it, is a step of its own.</summary>
internal sealed class ScriptedProcess : IWorkerProcess
{
    private readonly Schedule schedule;
    private readonly TaskCompletionSource<WorkerExit> exited = new();
    private readonly TaskCompletionSource<string> flooded = new();
    private readonly List<HostFrame> unanswered = [];
    private readonly ScriptedInput input;
    private readonly ScriptedOutput output;
    private readonly string name;
    private bool silent;

    public ScriptedProcess(Schedule schedule, int number)
    {
        this.schedule = schedule;
        name = $"worker {number}";
        input = new ScriptedInput(this);
        output = new ScriptedOutput(schedule, name);
    }

    /// <summary>Whether it says hello.</summary>
    public bool Greets { get; init; } = true;

    /// <summary>Whether it says that it has loaded its model.</summary>
    public bool Loads { get; init; } = true;

    /// <summary>The weights that it says it has.</summary>
    public string Weights { get; init; } = "aa";

    /// <summary>Whether it exits when it is asked to.</summary>
    public bool ObeysShutdown { get; init; } = true;

    /// <summary>Whether it exits when it is sent SIGTERM.</summary>
    public bool ObeysTerminate { get; init; } = true;

    public bool HasLoaded { get; private set; }

    public bool IsAlive => !exited.Task.IsCompleted;

    public bool WasDisposed { get; private set; }

    public string Executable => "/opt/python";

    // One that exists, so that what the host asks the system about it is answered.
    public int Pid => Environment.ProcessId;

    public Stream Input => input;

    public Stream Output => output;

    public Task<WorkerExit> Exited => exited.Task;

    public IReadOnlyList<string> LastStderr => [];

    public string? LastTraceback => null;

    public Task<string> Flooded => flooded.Task;

    /// <summary>What reads its messages on the host's side.</summary>
    public void ReadBy(ReplyReader replies) => output.ReadBy(replies);

    /// <summary>It is up.</summary>
    public void Start()
    {
        if (Greets)
        {
            Act("says hello", () => output.Send(WorkerFrames.Hello(pid: Pid)));
        }
    }

    /// <summary>It ends, for a reason of its own.</summary>
    public void Die(int code)
    {
        if (exited.TrySetResult(new WorkerExit(code)))
        {
            output.End();
        }
    }

    /// <summary>It answers no ping from now on.</summary>
    public void FallSilent() => silent = true;

    /// <summary>It answers pings, also those that it has left unanswered.</summary>
    public void Answer()
    {
        silent = false;
        unanswered.ForEach(Pong);
        unanswered.Clear();
    }

    public void Flood() => flooded.TrySetResult("It floods its stderr.");

    public bool Recognize(int claimed) => true;

    public void Terminate()
    {
        if (ObeysTerminate)
        {
            Act("obeys SIGTERM", () => Die(143));
        }
    }

    public void Kill() => Act("is killed", () => Die(137));

    public async ValueTask DisposeAsync()
    {
        Kill();
        await exited.Task;
        WasDisposed = true;
    }

    private void Pong(HostFrame ping) => Act("answers a ping", () => output.Send(WorkerFrames.Pong(ping.Id)));

    private void Act(string what, Action act) => schedule.Offer($"{name} {what}", () =>
    {
        if (IsAlive)
        {
            act();
        }
    });

    private void Receive(HostFrame frame)
    {
        switch (frame.Type)
        {
            case "load" when Loads:
                Act("has loaded", () =>
                {
                    HasLoaded = true;
                    output.Send(WorkerFrames.Ready(frame.Id, Weights, 2));
                });
                break;
            case "embed":
                Act("computes", () => output.Send(WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, [.. Enumerable.Repeat(1f, frame.Lengths.Length * 2)])));
                break;
            case "ping" when silent:
                unanswered.Add(frame);
                break;
            case "ping":
                Pong(frame);
                break;
            case "shutdown" when ObeysShutdown:
                Act("exits as it was asked to", () => Die(0));
                break;
        }
    }

    /// <summary>Its stdin: takes whole frames, which it finds at some later moment.</summary>
    private sealed class ScriptedInput(ScriptedProcess process) : StreamDouble
    {
        private bool closed;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            if (!process.IsAlive)
            {
                throw new IOException("Broken pipe");
            }

            process.Receive(HostFrame.Parse(buffer[sizeof(int)..].ToArray()));
            return ValueTask.CompletedTask;
        }

        protected override void Dispose(bool disposing)
        {
            closed = true;
            base.Dispose(disposing);
        }
    }

    /// <summary>Its stdout: the host reads one frame in each step.</summary>
    private sealed class ScriptedOutput(Schedule schedule, string name) : StreamDouble
    {
        private readonly Queue<byte[]> frames = new();
        private readonly List<string> unread = [];
        private bool ended;
        private bool closed;
        private bool over;
        private ReplyReader? reader;

        public void ReadBy(ReplyReader replies)
        {
            reader = replies;
            unread.ForEach(OfferRead);
        }

        public void Send(byte[] frame)
        {
            frames.Enqueue(frame);
            OfferRead("is heard");
        }

        public void End()
        {
            ended = true;
            OfferRead("is seen to have closed its pipe");
        }

        public override int Read(Span<byte> buffer)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            if (!frames.TryDequeue(out var frame))
            {
                return ended ? 0 : throw new InvalidOperationException("The host reads where nothing is.");
            }

            frame.CopyTo(buffer);
            return frame.Length;
        }

        protected override void Dispose(bool disposing)
        {
            if (!closed)
            {
                closed = true;
                OfferRead("is not listened to any more");
            }

            base.Dispose(disposing);
        }

        private void OfferRead(string what)
        {
            if (reader is null)
            {
                unread.Add(what);
                return;
            }

            schedule.Offer($"{name} {what}", () =>
            {
                if (!over)
                {
                    over = !reader.TryRead(out var answered);
                    answered?.ReportHere();
                }
            });
        }
    }
}
