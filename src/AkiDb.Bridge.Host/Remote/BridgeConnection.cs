using System.Net;
using System.Net.Sockets;
using AkiDb.Bridge.Host.Streams;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace AkiDb.Bridge.Host.Remote;

/// <summary>Sends requests to a bridge that runs as a service. While it restarts, or is full, they wait and are sent again.</summary>
internal sealed class BridgeConnection : IDisposable
{
    /// <summary>How long an answer is waited for, unless whoever asks expects that it takes longer.</summary>
    public static readonly TimeSpan LongestTry = TimeSpan.FromMinutes(2);

    // Whoever is relayed to, AkiDB for one, may have no timeout of its own, and goes on only when it was answered.
    private static readonly TimeSpan LongestOutage = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private const int MostConnections = 32;

    // Of an answer that never ends no more is kept: for each text a vector of 8,192 components as JSON numbers, and what stands beside them.
    private const long BytesPerText = 128 * 1024;
    private const long OtherBytes = 128 * 1024;

    // A bridge whose machine is gone says nothing: without these, an answer that may take hours would be waited for so long.
    private const int QuietSeconds = 60;
    private const int ProbeSeconds = 10;
    private const int Probes = 6;

    private static readonly ResiliencePropertyKey<TimeSpan> Try = new("try");

    private readonly AttachTarget target;
    private readonly HttpClient client;
    private readonly ResiliencePipeline<RelayReply> resilience;
    private int isAway;

    /// <param name="target">The bridge.</param>
    /// <param name="time">The clock.</param>
    public BridgeConnection(AttachTarget target, TimeProvider time)
    {
        this.target = target;
        client = new HttpClient(CreateHandler(target)) { BaseAddress = target.Address, Timeout = Timeout.InfiniteTimeSpan };
        resilience = new ResiliencePipelineBuilder<RelayReply> { TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = arguments => ValueTask.FromResult(LongestOutage + TryOf(arguments.Context) - LongestTry) })
            .AddRetry(new RetryStrategyOptions<RelayReply>
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                ShouldHandle = tried => ValueTask.FromResult(tried.Outcome.Exception is { } error ? IsOutage(error) : tried.Outcome.Result!.MayPass),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result?.RetryAfter),
                OnRetry = arguments => ReportAsync(arguments.Outcome),
            })
            .AddTimeout(new TimeoutStrategyOptions { TimeoutGenerator = arguments => ValueTask.FromResult(TryOf(arguments.Context)) })
            .Build();
    }

    /// <summary>The bridge, for messages.</summary>
    public string Where => target.Socket ?? target.Address.ToString();

    /// <summary>Whether an exception says that the bridge cannot be reached.</summary>
    public static bool IsFailure(Exception error) => IsOutage(error) || error is HttpRequestException;

    /// <summary>Asks for vectors.</summary>
    /// <param name="body">The body of <c>POST /api/v1/embed</c>.</param>
    /// <param name="texts">How many texts are in it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<RelayReply> SendAsync(byte[] body, int texts, CancellationToken cancellationToken) => SendAsync(body, texts, LongestTry, cancellationToken);

    /// <summary>Asks for vectors whose computation takes longer.</summary>
    /// <param name="body">The body of <c>POST /api/v1/embed</c>.</param>
    /// <param name="texts">How many texts are in it.</param>
    /// <param name="longestTry">How long an answer is waited for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<RelayReply> SendAsync(byte[] body, int texts, TimeSpan longestTry, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(Try, longestTry);
            return await resilience.ExecuteAsync(
                static async (context, state) => await state.Connection.TryAsync(state.Body, state.Most, context.CancellationToken),
                context,
                (Connection: this, Body: body, Most: OtherBytes + (texts * BytesPerText)));
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static SocketsHttpHandler CreateHandler(AttachTarget target)
    {
        // Texts go to the bridge that was named, and to nobody whom it names.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = MostConnections, ConnectTimeout = LongestConnect };
        if (target.Socket is { } path)
        {
            handler.UseProxy = false;
            handler.ConnectCallback = (_, token) => ConnectAsync(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path), token);
        }
        else
        {
            // A proxy reaches its own loopback address, and not this one.
            handler.UseProxy = !target.Address.IsLoopback;
            handler.ConnectCallback = (context, token) => ConnectAsync(WatchedSocket(), context.DnsEndPoint, token);
        }

        return handler;
    }

    private static TimeSpan TryOf(ResilienceContext context) => context.Properties.GetValue(Try, LongestTry);

    private static Socket WatchedSocket()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, QuietSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, Probes);
        return socket;
    }

    private static async ValueTask<Stream> ConnectAsync(Socket socket, EndPoint where, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(where, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask<RelayReply> TryAsync(byte[] body, long mostBytes, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/embed") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        if (target.ReadKey() is { } key)
        {
            request.Headers.Authorization = new("Bearer", key);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await response.Content.LoadIntoBufferAsync(mostBytes, cancellationToken);
        var reply = new RelayReply(response.StatusCode, response.Headers.RetryAfter?.Delta, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        if (!reply.MayPass && Interlocked.Exchange(ref isAway, 0) == 1)
        {
            await StandardError.WriteLineAsync($"The bridge at {Where} answers again.");
        }

        return reply;
    }

    private async ValueTask ReportAsync(Outcome<RelayReply> outcome)
    {
        if (Interlocked.Exchange(ref isAway, 1) == 0)
        {
            await StandardError.WriteLineAsync($"The bridge at {Where} does not answer ({outcome.Exception?.Message ?? outcome.Result!.Sentence}); requests wait for it.");
        }
    }

    // A certificate that is not trusted will not be so a minute later, and an answer without end no shorter. A handshake that was cut off is a restart. A key's
    // file that is being replaced is empty for a moment, or somebody else's.
    private static bool IsOutage(Exception error) => error switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => error.InnerException is IOException,
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => false,
        _ => error is HttpRequestException or IOException or TimeoutRejectedException or NotAcceptedException or UnauthorizedAccessException,
    };
}
