using System.Diagnostics;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Folders that hold what is no file, or weights that are no model's: refused with a sentence, and nobody else notices.</summary>
public sealed class HostileFoldersTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    [InlineData("modules.json")]
    public async Task Pipe_that_nobody_writes_to_is_not_waited_for(string file)
    {
        using var other = new ModelFolderCopy("tiny-bert-cls");
        File.Delete(Path.Combine(other.Folder, file));
        using (var made = Process.Start("mkfifo", [Path.Combine(other.Folder, file)]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", $"Models:other:Model={other.Folder}"));

        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        Assert.Contains(file, await host.Log.WaitForAsync("cannot be read"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zero", "onnx")]
    [InlineData("zero", "python-bridge")]
    [InlineData("the same for every text", "onnx")]
    [InlineData("the same for every text", "python-bridge")]
    [InlineData("not finite", "onnx")]
    [InlineData("not finite", "python-bridge")]
    public async Task Weights_that_give_no_vectors_are_refused_by_both_engines(string what, string provider)
    {
        using var model = new ModelFolderCopy("tiny-bert-cls");
        Fill(Path.Combine(model.Folder, "model.safetensors"), what);
        await using var host = await BridgeHost.StartAsync(new HostSettings("--model", model.Folder, "--provider", provider));

        using var response = await host.PostAsync(new { inputs = Reference.TextsAt(Few) });
        var problem = await Problem.ReadAsync(response);

        Assert.Equal(503, problem.Status);
        Assert.Contains(what, problem.Detail, StringComparison.Ordinal);
        Assert.Equal("unavailable", (await host.ReadinessAsync()).Status);
    }

    /// <summary>Keeps the header and changes every number.</summary>
    private static void Fill(string file, string what)
    {
        var bytes = File.ReadAllBytes(file);
        var start = 8 + (int)BitConverter.ToInt64(bytes);
        var header = JsonElement.Parse(bytes.AsSpan(8, start - 8));
        Array.Clear(bytes, start, bytes.Length - start);
        foreach (var tensor in header.EnumerateObject().Where(tensor => tensor.Name != "__metadata__"))
        {
            var offsets = tensor.Value.GetProperty("data_offsets");
            for (var at = offsets[0].GetInt32(); at < offsets[1].GetInt32(); at += sizeof(float))
            {
                // A normalisation's bias alone makes a vector that no text has a part in.
                var value = what switch
                {
                    "not finite" => float.NaN,
                    "the same for every text" when tensor.Name.EndsWith("LayerNorm.bias", StringComparison.Ordinal) => 0.1f + (at / 4 % 7),
                    _ => 0,
                };
                BitConverter.TryWriteBytes(bytes.AsSpan(start + at), value);
            }
        }

        File.WriteAllBytes(file, bytes);
    }
}
