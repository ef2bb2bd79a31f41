using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Valid requests, broken at random: each is answered by HTTP or ends with its connection, and nobody else notices.</summary>
public sealed class HttpFuzzTests
{
    private const int Connections = 600;
    private const int AtOnce = 16;

    private static readonly string[] Seeds =
    [
        "POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 44\r\n\r\n{\"inputs\": [\"a\", \"b\"], \"model\": null, \"x\": {}}",
        "POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"inputs\": [\"a\", \"\\ud83d\"]}",
        "POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n11\r\n{\"inputs\": [\"a\"]}\r\n0\r\n\r\n",
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/json;q=0.5, */*\r\n\r\n",
        "POST /api/v1/workers/0/restart?model=x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HEAD /api/v1/status HTTP/1.0\r\nConnection: close\r\n\r\n",
    ];

    private static readonly string[] Splices =
        ["\r\n", "\n", "\0", "ffffffffffffffff", "-1", "99999999999", "\ud83d", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "\"", "[[[[", "{", "%00", "../", "é", "Host: b\r\n"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Broken_requests_are_answered_or_closed_and_harm_nobody(int seed)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var random = new Random(seed);
        var requests = Enumerable.Range(0, Connections).Select(_ => Break(random)).ToList();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken };
        var fuzzing = Parallel.ForEachAsync(requests, options, async (request, _) =>
        {
            using var connection = await RawConnection.OpenAsync(host, "127.0.0.66");
            await connection.SendAsync(request);
            connection.EndSending();

            // It fails for an answer that does not begin as one.
            await connection.ReadAsync();
        });

        do
        {
            Assert.Equal(200, (await RawConnection.AskAsync(host, "GET /livez HTTP/1.1")).Status);
        }
        while (!fuzzing.IsCompleted);

        await fuzzing;
        await host.EmptyAsync();
        await host.EmbedAsync("as usual");
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    private static byte[] Break(Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]).ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Splices[random.Next(Splices.Length)]));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at - 1));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                default:
                    bytes.RemoveRange(at + 1, bytes.Count - at - 1);
                    break;
            }
        }

        return [.. bytes];
    }
}
