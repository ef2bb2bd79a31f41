using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>Every open connection. Accepting never stops: who comes when all places are taken gets the place of somebody who asks for nothing.</summary>
/// <remarks>
/// 1. There is room: the connection is taken.
/// 2. There is none, but somebody asks for nothing: that connection is closed. First one of the address that has the most of them, first one that never
///    asked for anything, first the oldest.
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
    private static readonly TimeSpan BetweenWaits = TimeSpan.FromMilliseconds(10);
    private const int MostWaits = 50;

    private readonly Lock gate = new();
    private readonly HashSet<TrackedConnection> connections = [];
    private readonly Dictionary<IPAddress, int> perAddress = [];
    private readonly ConnectionLimits limits;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ITimer sweeps;
    private readonly CancellationTokenRegistration stop;
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
        var added = TryAdd(accepted);
        for (var wait = 0; wait < MostWaits && added is null && IsMakingRoom; wait++)
        {
            await Task.Delay(BetweenWaits, time, cancellationToken).ConfigureAwait(false);
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
            var isFull = connections.Count - dying >= limits.Ordinary && IsOrdinaryFull();
            victim = isFull || connections.Count - dying >= limits.All ? TryCondemnQuietest() : null;
            var neighbours = perAddress.GetValueOrDefault(TrackedConnection.AddressOf(accepted));
            if (connections.Count < limits.All && neighbours < limits.All - limits.ForOthers)
            {
                var isReserved = (isFull && victim is null) || neighbours >= limits.Ordinary - limits.ForOthers;
                added = new TrackedConnection(accepted, this, isReserved, time);
                connections.Add(added);
                CollectionsMarshal.GetValueRefOrAddDefault(perAddress, added.Address, out _)++;
            }
        }

        Close(victim);
        return added;
    }

    private bool IsMakingRoom
    {
        get
        {
            lock (gate)
            {
                return dying > 0;
            }
        }
    }

    public void Remove(TrackedConnection connection)
    {
        lock (gate)
        {
            if (connections.Remove(connection))
            {
                dying -= connection.IsCondemned ? 1 : 0;
                ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(perAddress, connection.Address);
                if (--count == 0)
                {
                    perAddress.Remove(connection.Address);
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
            if (connection.IsReserved)
            {
                var isFull = IsOrdinaryFull();
                victim = isFull ? TryCondemnQuietest(connection) : null;
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

    private bool IsOrdinaryFull() => connections.Count(connection => !connection.IsReserved && !connection.IsCondemned) >= limits.Ordinary;

    private void Close(TrackedConnection? victim)
    {
        if (victim is not null)
        {
            Interlocked.Increment(ref closed);
            victim.Abort(new ConnectionAbortedException("Its place was needed."));
        }
    }

    private TrackedConnection? TryCondemnQuietest(TrackedConnection? newcomer = null)
    {
        TrackedConnection? best = null;
        (int Neighbours, bool IsSilent, long Age) most = default;
        var now = time.GetTimestamp();
        foreach (var connection in connections)
        {
            if (connection == newcomer || connection.IsCondemned || connection.QuietSince is not { } since)
            {
                continue;
            }

            var neighbours = perAddress[connection.Address];
            var patience = connection.HasAsked ? JustNow : neighbours * CrowdPart > limits.Ordinary ? TimeSpan.Zero : JustConnected;
            if (time.GetElapsedTime(since, now) < patience + (LatenessPart * lateness))
            {
                continue;
            }

            var rank = (neighbours, !connection.HasAsked, now - since);
            if (best is null || rank.CompareTo(most) > 0)
            {
                (best, most) = (connection, rank);
            }
        }

        if (best is not null)
        {
            best.IsCondemned = true;
            dying++;
        }

        return best;
    }
}
