using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>A connection as the server sees it; it knows whether a request is being answered on it, and tells a caller who has left from one who only has nothing more to send.</summary>
/// <remarks>
/// A caller may close its sending half behind its request and wait for the answer. One who has left closes both halves, which looks the same from
/// here until something is sent. So the first letter of the answer is sent at once, which is the same for every answer: whoever has left refuses it.
/// On a connection that has carried answers before, that letter could overtake the last one: there, who closes behind a request has left.
/// </remarks>
internal sealed class TrackedConnection : ConnectionContext
{
    private readonly ConnectionContext inner;
    private readonly ConnectionTable table;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource closed = new();
    private readonly CancellationTokenRegistration innerClosed;
    private readonly Lock gate = new();
    private readonly AnswerOutput output;
    private readonly Socket? socket;
    private IDuplexPipe transport;
    private long quietSince;
    private long writtenBefore;
    private int answering;
    private bool isPlain = true;
    private bool isHalfClosed;
    private bool isProbed;

    public TrackedConnection(ConnectionContext inner, ConnectionTable table, bool isReserved, TimeProvider time)
    {
        (this.inner, this.table, this.time, IsReserved) = (inner, table, time, isReserved);
        Address = AddressOf(inner);
        socket = inner.Features.Get<IConnectionSocketFeature>()?.Socket;
        output = new AnswerOutput(inner.Transport.Output);
        transport = new DuplexPipe(new RequestInput(inner.Transport.Input, () => QuietSince is null), output);
        quietSince = time.GetTimestamp();
        ConnectionClosed = closed.Token;
        inner.Features.Set(this);
        innerClosed = inner.ConnectionClosed.UnsafeRegister(static state => ((TrackedConnection)state!).OnInnerClosed(), this);
    }

    /// <summary>Where it comes from.</summary>
    public IPAddress Address { get; }

    /// <summary>Whether it may only ask how the host is.</summary>
    public bool IsReserved { get; set; }

    /// <summary>Whether its place was given to another.</summary>
    public bool IsCondemned { get; set; }

    /// <summary>Whether a request has come.</summary>
    public bool HasAsked { get; private set; }

    /// <summary>Since when nobody has been answered on it, as a timestamp; null while somebody is.</summary>
    public long? QuietSince
    {
        get
        {
            lock (gate)
            {
                return answering == 0 ? quietSince : null;
            }
        }
    }

    /// <summary>Whether the caller has left without having waited for its answer.</summary>
    public bool HasLeft
    {
        get
        {
            lock (gate)
            {
                return isProbed && (socket is not { Connected: true } || SocketHasFailed(socket));
            }
        }
    }

    public override string ConnectionId
    {
        get => inner.ConnectionId;
        set => inner.ConnectionId = value;
    }

    public override IFeatureCollection Features => inner.Features;

    public override IDictionary<object, object?> Items
    {
        get => inner.Items;
        set => inner.Items = value;
    }

    public override IDuplexPipe Transport
    {
        get => transport;
        set
        {
            // Encrypted from here on: no letter can be sent past the encryption.
            (transport, isPlain) = (value, false);
        }
    }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint
    {
        get => inner.LocalEndPoint;
        set => inner.LocalEndPoint = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => inner.RemoteEndPoint;
        set => inner.RemoteEndPoint = value;
    }

    /// <summary>Where a connection comes from.</summary>
    public static IPAddress AddressOf(ConnectionContext connection) => connection.RemoteEndPoint is IPEndPoint remote ? CallerAddress.NetworkOf(remote.Address) : IPAddress.None;

    /// <summary>A request's head has come; <see cref="End"/> must follow.</summary>
    /// <param name="isHttp1">Whether its answer begins with the letters <c>HTTP</c>.</param>
    public void Begin(bool isHttp1)
    {
        lock (gate)
        {
            answering++;
            HasAsked = true;
            isPlain &= isHttp1;
            writtenBefore = output.Written;
            Probe();
        }
    }

    /// <summary>A request's answer was handed over.</summary>
    public void End()
    {
        lock (gate)
        {
            answering--;
            quietSince = time.GetTimestamp();
        }
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    public override void Abort(ConnectionAbortedException abortReason)
    {
        inner.Abort(abortReason);
        closed.Cancel();
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await innerClosed.DisposeAsync().ConfigureAwait(false);
            await inner.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            table.Remove(this);
            await base.DisposeAsync().ConfigureAwait(false);
            await closed.CancelAsync().ConfigureAwait(false);
        }
    }

    private void OnInnerClosed()
    {
        lock (gate)
        {
            // A reset has disconnected the socket; the end of what the caller sends has not.
            isHalfClosed = isPlain && socket is { Connected: true };
            if (isHalfClosed && (answering == 0 || output.Written == 0 || output.Written > writtenBefore))
            {
                Probe();
                return;
            }
        }

        closed.Cancel();
    }

    private void Probe()
    {
        if (isHalfClosed && isPlain && answering > 0 && !isProbed)
        {
            isProbed = output.TrySendAhead(socket!);
        }
    }

    private static bool SocketHasFailed(Socket socket)
    {
        try
        {
            return socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error) is not 0;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
