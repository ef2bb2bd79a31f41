using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Callers who would have the host hold more than it has: it lives, others are answered, and its memory is back afterwards.</summary>
public sealed class MemoryTests
{
    private const long Limit = 1_200L << 20;
    private const double Allowance = 1.1;
    private static readonly string LongText = string.Concat(Enumerable.Repeat("word ", 300));
    private const string Embed = "POST /api/v1/embed HTTP/1.1\nContent-Type: application/json";

    [Fact]
    public Task Callers_who_never_read_their_large_answers_hold_little_and_not_for_long() =>
        AttackAsync(100, RawConnection.RequestOf(Embed, $$"""{"inputs": [{{string.Join(',', Enumerable.Repeat("\"\"", 2_048))}}]}"""), isRead: false);

    [Fact]
    public Task Bodies_of_5_MB_that_come_all_at_once_are_bounded_and_leave_nothing() => AttackAsync(400, LargeBody(), isRead: true);

    private static string LargeBody() => RawConnection.RequestOf(Embed, $$"""{"inputs": [{{string.Join(',', Enumerable.Repeat($"\"{string.Concat(Enumerable.Repeat("word ", 100_000))}\"", 10))}}]}""");

    private static async Task AttackAsync(int connections, string request, bool isRead)
    {
        using var limit = MemoryLimit.Create(Limit);
        using var program = new LimitedProgram(limit.Enter);
        await using (var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx") { Program = program.Path }))
        {
            for (var number = 0; number < 20; number++)
            {
                await host.EmbedAsync($"warm {number}");
            }

            // What the engine needs for batches of long texts it needs for everybody's.
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.EmbedAsync(Enumerable.Repeat(LongText, 32).ToArray())));

            var before = ProcessTable.ResidentBytes(host.Process.Pid);
            var bytes = Encoding.UTF8.GetBytes(request);
            var attackers = new List<RawConnection>();
            var attacks = new List<Task>();
            for (var number = 0; number < connections; number++)
            {
                attackers.Add(await RawConnection.OpenAsync(host, "127.0.0.66"));
                attacks.Add(AttackOnceAsync(attackers[^1], bytes, isRead));
            }

            for (var number = 0; number < 10; number++)
            {
                Assert.Equal(200, (await RawConnection.AskAsync(host, "GET /livez HTTP/1.1")).Status);
                await host.EmbedAsync($"a good text {number}");
            }

            await Task.WhenAll(attacks);
            attackers.ForEach(attacker => attacker.Dispose());
            await Eventually.TrueAsync(
                () => ProcessTable.ResidentBytes(host.Process.Pid) <= before * Allowance,
                $"its memory is back at {before >> 20} MiB",
                () => $"It has {ProcessTable.ResidentBytes(host.Process.Pid) >> 20} MiB. {host.Process.Evidence()}",
                TimeSpan.FromSeconds(90));
            await host.EmbedAsync("as usual");
        }

        Assert.False(limit.HasKilled);
    }

    private static async Task AttackOnceAsync(RawConnection attacker, ReadOnlyMemory<byte> request, bool isRead)
    {
        try
        {
            await attacker.SendAsync(request);
            if (isRead)
            {
                Assert.Contains((await attacker.ReadAsync()).Status, new[] { 0, 200, 408, 429, 503 });
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Who sends too slowly is closed.
        }
    }
}
