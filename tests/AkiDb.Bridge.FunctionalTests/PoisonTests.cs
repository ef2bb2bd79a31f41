using System.Net;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>The fault kit's poison: a word at which a real worker dies by SIGSEGV.</summary>
public sealed class PoisonTests
{
    // 9947 is MiniLM's id of the word.
    private const string Poison = "poison";
    private const int Texts = 32;

    private static readonly Dictionary<string, string?> Faults = new()
    {
        ["DOTNET_ENVIRONMENT"] = "Development",
        ["AKIDB_WORKER_FAULTS"] = "die-on-ids=9947",
    };

    [Fact]
    public async Task Without_the_fallback_one_text_is_refused_and_31_are_answered_and_the_second_time_no_worker_dies()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off", "--set", "Dispatch:Timeout=120s") { Environment = Faults });

        var first = await SendAllAsync(host);
        await host.WorkerReadyAsync();
        var deaths = (await host.StatusAsync()).Workers[0].Restarts;
        var second = await SendAllAsync(host);

        Assert.All([first, second], answers =>
        {
            Assert.Equal((31, 1), (answers.Count(status => status == HttpStatusCode.OK), answers.Count(status => status == HttpStatusCode.UnprocessableEntity)));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answers[Texts / 2]);
        });
        Assert.InRange(deaths, 3, 7);
        Assert.Equal(deaths, (await host.StatusAsync()).Workers[0].Restarts);
    }

    [Fact]
    public async Task With_the_fallback_every_text_is_answered_and_the_second_time_no_worker_dies()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings() { Environment = Faults });

        Assert.All(await SendAllAsync(host), status => Assert.Equal(HttpStatusCode.OK, status));
        await host.SlotAsync(slot => slot is { State: "ready", Restarts: 1 }, "the worker is back");
        Assert.All(await SendAllAsync(host), status => Assert.Equal(HttpStatusCode.OK, status));

        Assert.Equal(1, (await host.StatusAsync()).Workers[0].Restarts);
    }

    [Fact]
    public async Task Input_of_a_larger_request_is_named_by_its_place()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off", "--set", "Dispatch:Timeout=120s") { Environment = Faults });

        using var response = await host.PostAsync(new { inputs = new[] { "fine", "also fine", Poison, "fine too" } });
        var problem = await Problem.ReadAsync(response);

        Assert.Equal((422, "poison_input", 2), (problem.Status, problem.Code, problem.Input));
    }

    private static async Task<HttpStatusCode[]> SendAllAsync(BridgeHost host) => await Task.WhenAll(Enumerable.Range(0, Texts).Select(async text =>
    {
        using var response = await host.PostAsync(new { inputs = new[] { text == Texts / 2 ? Poison : $"a good text with the number {text}" } });
        return response.StatusCode;
    }));
}
