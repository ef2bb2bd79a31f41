using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>Every open connection. Accepting never stops: who comes when all places are taken gets the place of somebody who asks for nothing.</summary>
/// <remarks>
/// 1. There is room: the connection is taken.
/// 2. There is none, but somebody asks for nothing: that connection is closed. First one of the address that has the most of them, first one that never
///    asked for anything, first the oldest. Who has only just come or been answered is spared, unless all are spared: then an address with more
///    connections than the newcomer's gives up one that never asked for anything.
/// 3. Everybody is being answered, or the connection's address has nearly all places: it takes one of the reserved places, and may only ask how the host is.
/// 4. Those are taken too: it is closed at once.
/// Somebody who has not sent a whole request within <see cref="FirstRequestDue"/> is closed; when the host stops, after <see cref="ArrivalGrace"/>.
/// </remarks>
internal sealed class ConnectionTable : IDisposable
{
    /// <summary>How soon the head of the first request must be there.</summary>
    public static readonly TimeSpan FirstRequestDue = TimeSpan.FromSeconds(10);

    /// <summary>How long a request that is on its way may still arrive when the host stops.</summary>
    public static readonly TimeSpan ArrivalGrace = TimeSpan.FromSeconds(2);

    // An address with a quarter of all places is not waited for.
    private const int CrowdPart = 4;
    private const int LatenessPart = 4;

    // Who has just connected is about to ask, and who has just been answered may ask something else.
    private static readonly TimeSpan JustConnected = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly HashSet<TrackedConnection> connections = [];
    private readonly Dictionary<IPAddress, int> livingPerAddress = [];
    private readonly ConnectionLimits limits;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ITimer sweeps;
    private readonly CancellationTokenRegistration stop;
    private TaskCompletionSource removal = NewSignal();
    private long? stopping;
    private long swept;
    private TimeSpan lateness;
    private int dying;
    private long closed;
    private long reported;

    public ConnectionTable(ConnectionLimits limits, ServerDrain drain, TimeProvider time, ILogger<ConnectionTable> logger)
    {
        (this.limits, this.time, this.logger) = (limits, time, logger);
        stop = drain.Stopping.Register(() => stopping = time.GetTimestamp());
        swept = time.GetTimestamp();
        sweeps = time.CreateTimer(_ => Sweep(), null, BetweenSweeps, BetweenSweeps);
    }

    /// <summary>Takes a new connection, at once or when those that are being closed have made room.</summary>
    /// <returns>Null when there is no place; the caller closes it then.</returns>
    public async ValueTask<TrackedConnection?> AddAsync(ConnectionContext accepted, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var nextRemoval = NextRemoval;
        var added = TryAdd(accepted);
        while (added is null && IsWorthWaiting(accepted, nextRemoval) && LongestWait - time.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            await nextRemoval.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();

            // Asked for before the attempt: what is removed during it is not missed.
            nextRemoval = NextRemoval;
            added = TryAdd(accepted);
        }

        if (added is null)
        {
            Interlocked.Increment(ref closed);
        }

        return added;
    }

    /// <summary>Takes a new connection.</summary>
    /// <returns>Null when there is no place.</returns>
    public TrackedConnection? TryAdd(ConnectionContext accepted)
    {
        TrackedConnection? victim;
        TrackedConnection? added = null;
        lock (gate)
        {
            var address = TrackedConnection.AddressOf(accepted);
            if (IsCrowded(address))
            {
                return null;
            }

            var isFull = connections.Count - dying >= limits.Ordinary && IsOrdinaryFull();
            victim = isFull || connections.Count - dying >= limits.All ? TryCondemnQuietest(livingPerAddress.GetValueOrDefault(address)) : null;
            if (connections.Count < limits.All)
            {
                var isReserved = (isFull && victim is null) || livingPerAddress.GetValueOrDefault(address) >= limits.Ordinary - limits.ForOthers;
                added = new TrackedConnection(accepted, this, isReserved, time);
                connections.Add(added);
                CollectionsMarshal.GetValueRefOrAddDefault(livingPerAddress, added.Address, out _)++;
            }
        }

        Close(victim);
        return added;
    }

    private Task NextRemoval
    {
        get
        {
            lock (gate)
            {
                return removal.Task;
            }
        }
    }

    // A place that has just become free counts too: nobody may be closing any more.
    private bool IsWorthWaiting(ConnectionContext accepted, Task nextRemoval)
    {
        lock (gate)
        {
            return (dying > 0 || nextRemoval.IsCompleted) && !IsCrowded(TrackedConnection.AddressOf(accepted));
        }
    }

    public void Remove(TrackedConnection connection)
    {
        lock (gate)
        {
            if (connections.Remove(connection))
            {
                removal.SetResult();
                removal = NewSignal();
                if (connection.IsCondemned)
                {
                    dying--;
                }
                else
                {
                    Uncount(connection.Address);
                }
            }
        }
    }

    /// <summary>Makes a reserved connection an ordinary one, if there is room by now.</summary>
    /// <returns>Whether it may ask for everything.</returns>
    public bool TryPromote(TrackedConnection connection)
    {
        TrackedConnection? victim = null;
        lock (gate)
        {
            if (connection is { IsReserved: true, IsCondemned: false } && !HasNearlyAll(connection.Address))
            {
                var isFull = IsOrdinaryFull();
                victim = isFull ? TryCondemnQuietest(livingPerAddress[connection.Address] - 1, connection) : null;
                connection.IsReserved = isFull && victim is null;
            }
        }

        Close(victim);
        return !connection.IsReserved;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stop.Dispose();
        sweeps.Dispose();
    }

    /// <summary>Closes who has not asked in time, and who has left.</summary>
    public void Sweep()
    {
        List<TrackedConnection> leaving = [];
        long refused;
        lock (gate)
        {
            // When this comes late, requests are read late too: that is not their senders' fault.
            var now = time.GetTimestamp();
            var late = time.GetElapsedTime(swept, now) - BetweenSweeps;
            (swept, lateness) = (now, late > lateness ? late : lateness / 2);
            foreach (var connection in connections)
            {
                if (connection.HasLeft || IsLate(connection))
                {
                    leaving.Add(connection);
                }
            }

            (refused, reported) = (closed - reported, closed);
        }

        leaving.ForEach(connection => connection.Abort(new ConnectionAbortedException("No request came in time, or its caller has left.")));
        if (refused > 0)
        {
            Log.ConnectionsClosed(logger, refused, limits.Ordinary);
        }
    }

    private bool IsLate(TrackedConnection connection)
    {
        if (connection.QuietSince is not { } since)
        {
            return false;
        }

        return (!connection.HasAsked && time.GetElapsedTime(since) > FirstRequestDue + (LatenessPart * lateness)) || (stopping is { } began && time.GetElapsedTime(began) > ArrivalGrace);
    }

    private bool IsCrowded(IPAddress address) => livingPerAddress.GetValueOrDefault(address) >= limits.All - limits.ForOthers;

    private bool HasNearlyAll(IPAddress address) =>
        connections.Count(connection => connection is { IsReserved: false, IsCondemned: false } && connection.Address.Equals(address)) >= limits.Ordinary - limits.ForOthers;

    private bool IsOrdinaryFull() => connections.Count(connection => !connection.IsReserved && !connection.IsCondemned) >= limits.Ordinary;

    private void Close(TrackedConnection? victim)
    {
        if (victim is not null)
        {
            Interlocked.Increment(ref closed);
            victim.Abort(new ConnectionAbortedException("Its place was needed."));
        }
    }

    // The newcomer's neighbours are the other connections of its address.
    private TrackedConnection? TryCondemnQuietest(int neighboursOfNewcomer, TrackedConnection? newcomer = null)
    {
        TrackedConnection? best = null;
        (bool IsFree, int Neighbours, bool IsSilent, long Age) most = default;
        var now = time.GetTimestamp();
        foreach (var connection in connections)
        {
            if (connection == newcomer || connection.IsCondemned || connection.QuietSince is not { } since)
            {
                continue;
            }

            var neighbours = livingPerAddress[connection.Address];
            var patience = connection.HasAsked ? JustNow : neighbours * CrowdPart > limits.Ordinary ? TimeSpan.Zero : JustConnected;
            var isSpared = time.GetElapsedTime(since, now) < patience + (LatenessPart * lateness);
            if (isSpared && (connection.HasAsked || neighbours <= neighboursOfNewcomer + 1))
            {
                continue;
            }

            var rank = (!isSpared, neighbours, !connection.HasAsked, now - since);
            if (best is null || rank.CompareTo(most) > 0)
            {
                (best, most) = (connection, rank);
            }
        }

        if (best is not null)
        {
            best.IsCondemned = true;
            dying++;
            Uncount(best.Address);
        }

        return best;
    }

    private void Uncount(IPAddress address)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(livingPerAddress, address);
        if (--count == 0)
        {
            livingPerAddress.Remove(address);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
