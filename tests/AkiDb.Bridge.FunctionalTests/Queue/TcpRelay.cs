using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>A network that can be cut: passes on what comes to its port, and while it is cut nothing, of which neither side is told.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentDictionary<Socket, bool> open = new();
    private readonly int target;
    private readonly Task accepting;
    private TaskCompletionSource whole = Whole();
    private long untilCut;

    /// <param name="target">The port on this machine that it leads to.</param>
    /// <param name="bytesUntilCut">It is cut when so many have come from callers.</param>
    public TcpRelay(int target, long bytesUntilCut)
    {
        (this.target, untilCut) = (target, bytesUntilCut);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    public bool IsCut => !Volatile.Read(ref whole).Task.IsCompleted;

    /// <summary>Holds whatever comes from now on.</summary>
    public void Cut() => Volatile.Write(ref whole, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Ends all connections that there are; what was on its way is lost.</summary>
    public void Drop()
    {
        foreach (var socket in open.Keys)
        {
            socket.Close();
        }
    }

    /// <summary>What was held goes on, and so does what comes; it is not cut again.</summary>
    public void Mend() => Volatile.Read(ref whole).SetResult();

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await accepting;
        end.Dispose();
    }

    private static TaskCompletionSource Whole()
    {
        var whole = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        whole.SetResult();
        return whole;
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(RelayAsync(await listener.AcceptAsync(end.Token)));
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(Socket caller)
    {
        using var near = caller;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        (open[near], open[far]) = (true, true);
        try
        {
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, target), end.Token);

            // When either side has left, so must the other, as soon as it can know.
            Task[] ways = [PassAsync(near, far, isFromCaller: true), PassAsync(far, near, isFromCaller: false)];
            await Task.WhenAny(ways);
            try
            {
                await WholeAsync();
            }
            finally
            {
                near.Close();
                far.Close();
                await Task.WhenAll(ways);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            // The test is over, or a side has not said that it leaves.
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isFromCaller)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, end.Token) is > 0 and var read)
        {
            // Once only: the sum passes zero at one of them.
            if (isFromCaller && Interlocked.Add(ref untilCut, -read) is <= 0 and var left && left + read > 0)
            {
                Cut();
            }

            await WholeAsync();
            for (var sent = 0; sent < read;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), end.Token);
            }
        }
    }

    private Task WholeAsync() => Volatile.Read(ref whole).Task.WaitAsync(end.Token);

    private static bool IsEnd(Exception error) => error is OperationCanceledException or SocketException or ObjectDisposedException;
}
