using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AkiDb.Bridge.Hub;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Hub;

public sealed class HubClientTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly TcpListener hub = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> connections = [];

    public ValueTask InitializeAsync()
    {
        hub.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        hub.Dispose();
        connections.ForEach(connection => connection.Dispose());
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(100, true, "cannot be read")]
    [InlineData(1_000_000_000, false, "cannot be read")]
    [InlineData(100, false, "in time")]
    public async Task Listing_that_is_cut_or_too_large_or_never_ends_is_tried_again_and_then_said(int announced, bool cuts, string said)
    {
        var serving = ServeAsync(announced, cuts);
        using var client = new HubClient(
            new HubAccess { Endpoint = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)hub.LocalEndpoint).Port}/")) }, time, new RecordingLogger<HubClientTests>());
        var listing = client.ListAsync(HubName.Parse("sentence-transformers/tiny")!, TestContext.Current.CancellationToken);
        while (!listing.IsCompleted)
        {
            // Less than the deadline in a real second: what is on its way arrives.
            await Task.WhenAny(listing, Task.Delay(20, TestContext.Current.CancellationToken));
            time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Contains(said, (await Assert.ThrowsAsync<HubException>(() => listing)).Message, StringComparison.Ordinal);
        Assert.Equal(5, connections.Count);
        hub.Stop();
        await Assert.ThrowsAnyAsync<Exception>(() => serving);
    }

    private async Task ServeAsync(int announced, bool cuts)
    {
        while (true)
        {
            var connection = await hub.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            connections.Add(connection);
            await connection.GetStream().ReadAtLeastAsync(new byte[4_096], 1, cancellationToken: TestContext.Current.CancellationToken);
            await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\n{{")), TestContext.Current.CancellationToken);
            if (cuts)
            {
                connection.Close();
            }
        }
    }
}
