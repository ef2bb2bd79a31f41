using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Whatever happens to the files of a model that is served, the vectors stay those of the model that was loaded.</summary>
public sealed class ChangedFilesTests(LibraryModels models) : IClassFixture<LibraryModels>
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    private static readonly Dictionary<string, Action<string>> Changes = new()
    {
        ["overwritten"] = folder => Overwrite(Path.Combine(folder, "model.safetensors"), OtherWeights),
        ["truncated"] = folder => Overwrite(Path.Combine(folder, "model.safetensors"), bytes => bytes[..1000]),
        ["copied over itself"] = folder => Overwrite(Path.Combine(folder, "model.safetensors"), bytes => bytes),
        ["replaced"] = folder => Replace(Path.Combine(folder, "model.safetensors"), OtherWeights),
        ["configured otherwise"] = folder => Array.ForEach(["config.json", "tokenizer.json", "modules.json"], file => File.WriteAllText(Path.Combine(folder, file), "{}")),
        ["deleted"] = folder => Directory.Delete(folder, recursive: true),
    };

    public static TheoryData<string> ChangeNames => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(ChangeNames))]
    public async Task Both_engines_go_on_with_what_was_loaded_and_so_does_the_next_worker(string change)
    {
        Python.Require();
        using var model = new ModelFolderCopy("tiny-bert-cls");
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", model.Folder));
        var space = (await host.EmbedAsync(Reference.TextsAt(Few))).Space;

        Changes[change](model.Folder);

        Check(await host.EmbedAsync(Reference.TextsAt(Few)));
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        Signals.Send(before, Signals.Kill);
        var fallback = await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, Check, answer => answer.ServedBy == "in-process", "the in-process engine answers for the worker");
        Assert.Equal(space, fallback.Space);
        await host.WorkerReadyAsync(before);
        await host.EmbedUntilAsync(new { inputs = Reference.TextsAt(Few) }, Check, answer => answer.ServedBy == "worker:0", "the next worker answers");

        void Check(EmbedAnswer answer)
        {
            Reference.TinyBertCls.Check(answer.Vectors, Few);
            Assert.Equal(space, answer.Space);
        }
    }

    [Theory]
    [MemberData(nameof(ChangeNames))]
    public async Task The_library_goes_on_with_what_was_loaded_and_so_does_the_next_worker(string change)
    {
        LibraryModels.Require();
        using var copy = ModelFolderCopy.Of(models.Folder("dense"));
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--model", copy.Folder) { Python = LibraryModels.Python });
        var expected = await host.EmbedAsync(Reference.TextsAt(Few));

        Changes[change](copy.Folder);

        Check(await host.EmbedAsync(Reference.TextsAt(Few)));
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        Signals.Send(before, Signals.Kill);
        await host.WorkerReadyAsync(before);
        Check(await host.EmbedAsync(Reference.TextsAt(Few)));

        void Check(EmbedAnswer answer)
        {
            Assert.Equal(expected.Space, answer.Space);
            Assert.All(answer.Vectors.Zip(expected.Vectors), pair => Assert.All(pair.First.Zip(pair.Second), value => Assert.Equal(value.First, value.Second, 1e-5)));
        }
    }

    [Fact]
    public async Task Embedded_model_that_was_tampered_with_is_refused_by_the_name_of_its_file()
    {
        using var program = new ProgramCopy();
        var folder = program.OwnFolder("models");
        Overwrite(Path.Combine(folder, "all-MiniLM-L6-v2", "model.safetensors"), bytes =>
        {
            bytes[^1] ^= 1;
            return bytes;
        });
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx") { Program = program.Executable });

        using var response = await host.PostAsync(new { inputs = Reference.TextsAt(Few) });
        var problem = await Problem.ReadAsync(response);

        Assert.Equal(503, problem.Status);
        Assert.Contains("model.safetensors", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("is not the file that came with the program", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("unavailable", (await host.ReadinessAsync()).Status);
    }

    /// <summary>The same header, and other numbers.</summary>
    private static byte[] OtherWeights(byte[] bytes)
    {
        var start = 8 + (int)BitConverter.ToInt64(bytes);
        for (var i = start; i + 4 <= bytes.Length; i += 4)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i), BitConverter.ToSingle(bytes, i) * ((i / 4 % 7) - 3));
        }

        return bytes;
    }

    /// <summary>In place, as <c>cp</c> does it.</summary>
    private static void Overwrite(string file, Func<byte[], byte[]> change)
    {
        var bytes = change(File.ReadAllBytes(file));
        using var stream = new FileStream(file, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
        stream.Write(bytes);
    }

    private static void Replace(string file, Func<byte[], byte[]> change)
    {
        File.WriteAllBytes(file + ".new", change(File.ReadAllBytes(file)));
        File.Move(file + ".new", file, overwrite: true);
    }
}
