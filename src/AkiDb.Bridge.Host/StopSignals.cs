using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host;

/// <summary>The signals that ask the program to stop: the first one drains, a second one does not wait any longer.</summary>
/// <remarks>
/// SIGHUP has two meanings. If the terminal that the program was started in has hung up, it is one of these; else somebody asks for the configuration to be
/// read again. A program that was started to ignore it (nohup) goes on ignoring it.
/// </remarks>
internal sealed class StopSignals : IDisposable
{
    // Never given back: what a signal does by default, to one that comes while the program ends too, would take its exit code away.
    private static readonly ConcurrentBag<PosixSignalRegistration> Registrations = [];

    private readonly CancellationTokenSource hurry = new();
    private readonly Action stop;
    private int first;
    private bool isEnded;

    /// <param name="stop">Begins to stop.</param>
    /// <param name="reload">Reads the configuration again; null where SIGHUP always stops.</param>
    public StopSignals(Action stop, Action? reload = null)
    {
        this.stop = stop;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT])
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, Stop));
        }

        if (!OperatingSystem.IsWindows() && !ControllingTerminal.IgnoresHangUp())
        {
            var hadTerminal = ControllingTerminal.IsThere();
            Registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                if (reload is null || Volatile.Read(ref isEnded) || (hadTerminal && !ControllingTerminal.IsThere()))
                {
                    Stop(context);
                }
                else
                {
                    context.Cancel = true;
                    reload();
                }
            }));
        }
    }

    /// <summary>The number of the first signal that has asked to stop; 0 as long as none has.</summary>
    public int First => Volatile.Read(ref first);

    /// <summary>Cancelled by a second one: whoever asks twice does not want to wait.</summary>
    public CancellationToken Hurry => hurry.Token;

    /// <summary>Nothing is left to stop: the next signal does nothing, and only one after it what it does by default.</summary>
    public void Dispose()
    {
        Volatile.Write(ref isEnded, true);
        hurry.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // The framework numbers them from -1 down, in the order of their usual numbers.
        var number = context.Signal == PosixSignal.SIGTERM ? 15 : -(int)context.Signal;
        var isFirst = Interlocked.CompareExchange(ref first, number, 0) == 0;
        var hasEnded = Volatile.Read(ref isEnded);
        context.Cancel = isFirst || !hasEnded;
        if (hasEnded)
        {
            return;
        }

        try
        {
            if (isFirst)
            {
                stop();
            }
            else
            {
                hurry.Cancel();
            }
        }
        catch (ObjectDisposedException)
        {
            // Everything has stopped meanwhile.
        }
    }
}
