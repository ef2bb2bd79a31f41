namespace AkiDb.Bridge.UnitTests.Exploration;

/// <summary>One order of events, chosen by a seed: the same seed chooses the same order again.</summary>
/// <remarks>
/// A scenario offers steps: what a caller, an engine or the clock may do next. One after the other is chosen and runs to its end on this thread.
/// Doubles call <see cref="Interleave"/> wherever the code under test calls out: other steps may run there, as if another thread had been faster.
/// Code under test that awaits with <c>ConfigureAwait(false)</c> goes on in the step that completes what it awaits, so that doubles must complete
/// their tasks from a <see cref="TaskCompletionSource"/> without <see cref="TaskCreationOptions.RunContinuationsAsynchronously"/>.
/// </remarks>
internal sealed class Schedule(int seed)
{
    // Deeper nesting finds nothing that two interruptions do not find, and costs stack.
    private const int MostNested = 3;

    private readonly int thread = Environment.CurrentManagedThreadId;
    private readonly Random random = new(seed);
    private readonly List<(string Name, Action Run)> offered = [];
    private readonly List<string> trace = [];
    private int nested;

    public int Seed { get; } = seed;

    /// <summary>What has happened so far, one step a line.</summary>
    public string Trace => string.Join(Environment.NewLine, trace);

    /// <summary>What was found wrong first; null as long as nothing was.</summary>
    public string? Failure { get; private set; }

    /// <summary>Whether this step runs while another one is not over: it is as fast as a thread that is in the middle of something.</summary>
    public bool IsNested => nested > 1;

    /// <summary>Called after each step that nothing is nested in: for what must hold whenever nobody is in the middle of something.</summary>
    public Action OnStep { get; set; } = static () => { };

    /// <summary>This may happen from now on, once, at any moment.</summary>
    public void Offer(string name, Action step)
    {
        if (Environment.CurrentManagedThreadId != thread)
        {
            Check(false, $"'{name}' comes from a thread that no schedule chooses: {Environment.StackTrace}");
        }

        offered.Add((name, step));
    }

    /// <summary>A number below a bound: what else the scenario leaves to chance.</summary>
    public int Choose(int bound) => random.Next(bound);

    /// <summary>Adds to the trace.</summary>
    public void Note(string what) => trace.Add($"{new string(' ', nested * 2)}{what}");

    /// <summary>Something that must hold.</summary>
    public void Check(bool holds, string what)
    {
        if (!holds && Failure is null)
        {
            Failure = what;
            Note($"FAILED: {what}");
        }
    }

    /// <summary>Other steps may happen here.</summary>
    public void Interleave()
    {
        while (nested < MostNested && offered.Count > 0 && random.Next(4) == 0)
        {
            RunOne();
        }
    }

    /// <summary>Runs until nothing is offered any more, or something was found wrong.</summary>
    public void Run()
    {
        while (offered.Count > 0 && Failure is null)
        {
            RunOne();
            OnStep();
        }
    }

    private void RunOne()
    {
        var index = random.Next(offered.Count);
        var (name, step) = offered[index];
        offered.RemoveAt(index);
        Note(name);
        nested++;
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            step();
        }
        catch (Exception error)
        {
            Check(false, $"{name} threw {error}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            nested--;
        }
    }
}
