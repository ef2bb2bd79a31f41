using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge models convert</c>: from a pickle that no engine opens to a model that both serve.</summary>
public sealed class ConvertTests
{
    private const string Model = "tiny-bert-cls";

    // What torch makes of the tensors of a safetensors file.
    private const string SaveAsPickle = """
        import json, struct, sys, torch
        data = open(sys.argv[1], "rb").read()
        start = 8 + struct.unpack("<Q", data[:8])[0]
        types = {"F32": torch.float32, "F16": torch.float16, "I64": torch.int64}
        tensors = {}
        for name, tensor in json.loads(data[8:start]).items():
            if name != "__metadata__":
                first, last = tensor["data_offsets"]
                tensors[name] = torch.frombuffer(bytearray(data[start + first:start + last]), dtype=types[tensor["dtype"]]).reshape(tensor["shape"])
        torch.save(tensors, sys.argv[2])
        """;

    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Fact]
    public async Task Pickle_is_refused_with_the_command_that_converts_it_and_then_both_engines_serve_it()
    {
        Python.Require();
        using var copy = new ModelFolderCopy(Model);
        using var home = new TemporaryFolder();
        var tensors = Path.Combine(copy.Folder, "model.safetensors");
        var pickle = Path.Combine(copy.Folder, "pytorch_model.bin");
        await using var save = BridgeProcess.Start("-c", new HostSettings(SaveAsPickle, tensors, pickle) { Program = Python.WithTorch });
        Assert.True(await save.WaitForExitAsync() == 0, save.Evidence());
        File.Delete(tensors);

        await using var refused = BridgeProcess.Start("serve", Settings("--port", "0", "--model", copy.Folder));
        Assert.Equal(78, await refused.WaitForExitAsync());
        Assert.Contains("akidb-bridge models convert", refused.Evidence(), StringComparison.Ordinal);
        Assert.Contains("were converted to", await ConvertAsync(), StringComparison.Ordinal);
        Assert.Contains("had been converted to", await ConvertAsync(), StringComparison.Ordinal);
        Assert.False(File.Exists(tensors));

        await using var host = await BridgeHost.StartWithWorkerAsync(Settings("--model", copy.Folder));
        var fromWorker = await host.EmbedAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" });
        Assert.Equal("worker:0", fromWorker.ServedBy);
        Reference.TinyBertCls.Check(fromWorker.Vectors, Few);
        await using var alone = await BridgeHost.StartAsync(Settings("--model", copy.Folder, "--provider", "onnx"));
        var inProcess = await alone.EmbedAsync(Reference.TextsAt(Few));
        Assert.Equal(("in-process", fromWorker.Space), (inProcess.ServedBy, inProcess.Space));
        Reference.TinyBertCls.Check(inProcess.Vectors, Few);

        async Task<string> ConvertAsync()
        {
            await using var convert = BridgeProcess.Start("models", Settings("convert", copy.Folder));
            Assert.True(await convert.WaitForExitAsync() == 0, convert.Evidence());
            return Assert.Single(convert.Output.Lines);
        }

        HostSettings Settings(params string[] arguments) => new(arguments) { Environment = new Dictionary<string, string?> { ["HOME"] = home.Path } };
    }
}
