using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge embed</c>: vectors on standard output, and nothing else.</summary>
public sealed class EmbedCommandTests
{
    [Theory]
    [InlineData("python-bridge")]
    [InlineData("onnx")]
    public async Task Texts_as_arguments_are_printed_as_vectors(string provider)
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings(["--provider", provider, .. Reference.TextsAt([0, 1, 2])]));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Reference.MiniLM.Check(Vectors(command), [0, 1, 2]);
    }

    [Fact]
    public async Task Lines_of_standard_input_are_printed_as_vectors_in_their_order()
    {
        var indices = Reference.TinyBertCls.All
            .Where(index => Reference.Texts[index].Length > 0 && Reference.Texts[index].IndexOfAny(['\n', '\r', '\u0085', '\u2028', '\u2029', '\f']) < 0 && index < 600)
            .ToList();
        await using var command = BridgeProcess.Start("embed", new HostSettings("--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")));
        foreach (var index in indices)
        {
            await command.Input.WriteLineAsync(Reference.Texts[index]);
        }

        command.Input.Close();
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Reference.TinyBertCls.Check(Vectors(command), indices);
    }

    [Fact]
    public async Task Only_workers_print_the_same_vectors()
    {
        Python.Require();
        await using var command = BridgeProcess.Start("embed", new HostSettings(["--fallback", "off", .. Reference.TextsAt([0, 1, 2])]));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Reference.MiniLM.Check(Vectors(command), [0, 1, 2]);
    }

    [Theory]
    [InlineData(Signals.HangUp)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Terminate)]
    public async Task Command_that_waits_for_a_line_can_be_interrupted(int signal)
    {
        Signals.RequireHeeded(signal);
        await using var command = BridgeProcess.Start("embed", new HostSettings("--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls")));

        // The native library is mapped last of all: from then on the program waits for input.
        await Eventually.TrueAsync(
            () => File.ReadAllText($"/proc/{command.Pid}/maps").Contains("libonnxruntime", StringComparison.Ordinal), "the engine is loaded", command.Evidence);
        Signals.Send(command.Pid, signal);
        Assert.Equal(128 + signal, await command.WaitForExitAsync(TimeSpan.FromSeconds(20)));
        Assert.Empty(command.Output.Lines);
    }

    [Fact]
    public async Task Failure_is_a_sentence_on_standard_error()
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings("--fallback", "off", "a text") { Python = "/nonexistent" });
        Assert.Equal(1, await command.WaitForExitAsync());
        Assert.Empty(command.Output.Lines);
        Assert.Contains("'/nonexistent' does not exist", command.Errors.Tail(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", command.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variable_that_Kubernetes_makes_for_a_service_is_no_mistake()
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings("--provider", "mock", "a text")
        {
            Environment = new Dictionary<string, string?> { ["AKIDB_REST_PORT"] = "tcp://10.0.0.7:8080" },
        });
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
    }

    [Theory]
    [InlineData("--provider", "nope", "python-bridge, onnx, mock")]
    [InlineData("--model", "/nothing", "/nothing")]
    [InlineData("--set", "Worker:Thread=1", "Did you mean Threads?")]
    public async Task Value_that_is_not_accepted_is_a_sentence(string name, string value, string sentence)
    {
        await using var command = BridgeProcess.Start("embed", new HostSettings(name, value, "a text"));
        Assert.True(await command.WaitForExitAsync() == 78, command.Evidence());
        Assert.Contains(sentence, command.Errors.Tail(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", command.Errors.Tail(), StringComparison.Ordinal);
        Assert.Empty(command.Output.Lines);
    }

    private static IReadOnlyList<float[]> Vectors(BridgeProcess command) =>
        [.. command.Output.Lines.Select(line => JsonSerializer.Deserialize<float[]>(line)!)];
}
