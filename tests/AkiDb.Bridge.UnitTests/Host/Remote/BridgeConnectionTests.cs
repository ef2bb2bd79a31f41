using System.Net;
using System.Net.Sockets;
using System.Text;
using AkiDb.Bridge.Host.Remote;
using AkiDb.Bridge.UnitTests.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Host.Remote;

/// <summary>What answers at the address is not always a bridge, and a bridge is not always there.</summary>
public sealed class BridgeConnectionTests : IDisposable
{
    // What is kept for one text, and what the system takes meanwhile.
    private const long MostSent = 64 << 20;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public BridgeConnectionTests() => listener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task Answer_without_an_end_is_given_up_at_once()
    {
        using var connection = Connect("http");
        var asking = connection.SendAsync([], texts: 1, Token);
        using var server = await AcceptAsync();
        await SayAsync(server, "HTTP/1.1 200 OK\r\n\r\n");
        var sending = SayWithoutEndAsync(server);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => asking);
        Assert.True(BridgeConnection.IsFailure(error));
        Assert.InRange(await sending, 1, MostSent);
    }

    [Fact]
    public async Task Handshake_that_is_cut_off_is_tried_again()
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var connection = Connect("https");
        var asking = connection.SendAsync([], texts: 1, giveUp.Token);
        for (var round = 0; round < 3; round++)
        {
            using var server = await AcceptAsync();
            await server.ReceiveAsync(new byte[1], Token);
            server.Shutdown(SocketShutdown.Send);
        }

        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Key_whose_file_is_being_replaced_is_waited_for()
    {
        using var folder = new TempFolder();
        var file = folder.Write("key", "");
        using var connection = Connect("http", file);
        var asking = connection.SendAsync([], texts: 1, Token);
        await File.WriteAllTextAsync(file, "a-secret", Token);
        using var server = await AcceptAsync();
        var request = new byte[4096];
        var length = await server.ReceiveAsync(request, Token);
        await SayAsync(server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(HttpStatusCode.OK, (await asking).Status);
        Assert.Contains("Bearer a-secret", Encoding.ASCII.GetString(request, 0, length), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StatusCodes.Status307TemporaryRedirect)]
    [InlineData(StatusCodes.Status308PermanentRedirect)]
    public async Task Texts_are_not_sent_to_whom_the_bridge_names(int status)
    {
        var asked = new List<string>();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var server = builder.Build();
        server.Run(context =>
        {
            asked.Add(context.Request.Path);
            context.Response.StatusCode = context.Request.Path == "/elsewhere" ? StatusCodes.Status200OK : status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });
        await server.StartAsync(Token);
        using var connection = new BridgeConnection(new AttachTarget(new Uri(server.Urls.Single()), null, null), TimeProvider.System);

        var reply = await connection.SendAsync("{}"u8.ToArray(), texts: 1, Token);

        Assert.Equal((HttpStatusCode)status, reply.Status);
        Assert.Equal(["/api/v1/embed"], asked);
    }

    private static async Task SayAsync(Socket socket, string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text), Token);

    private static async Task<long> SayWithoutEndAsync(Socket socket)
    {
        var sent = 0L;
        try
        {
            while (true)
            {
                sent += await socket.SendAsync(new byte[64 * 1024], Token);
            }
        }
        catch (SocketException)
        {
            // Nobody listens any more.
            return sent;
        }
    }

    private Task<Socket> AcceptAsync() => listener.AcceptSocketAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token);

    private BridgeConnection Connect(string scheme, string? keyFile = null) => new(new AttachTarget(new Uri($"{scheme}://127.0.0.1:{Port}"), null, keyFile), TimeProvider.System);
}
