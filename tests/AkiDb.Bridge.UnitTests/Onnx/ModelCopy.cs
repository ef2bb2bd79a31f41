using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Onnx;

/// <summary>A model folder of its own in the layout of the Hugging Face cache: symbolic links to blobs. Gone when disposed.</summary>
internal sealed class ModelCopy : IDisposable
{
    private readonly string name;
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("akidb-bridge-");
    private readonly string snapshot;

    public ModelCopy(string name)
    {
        this.name = name;
        snapshot = root.CreateSubdirectory("snapshots/0").FullName;
        var blobs = root.CreateSubdirectory("blobs").FullName;
        WeightsFile = Path.Combine(blobs, "0f1e");
        File.Copy(Path.Combine(TestPaths.Model(name), "model.safetensors"), WeightsFile);
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors"), Path.Combine("..", "..", "blobs", "0f1e"));
        File.Copy(Path.Combine(TestPaths.Model(name), "config.json"), Path.Combine(snapshot, "config.json"));
    }

    public string WeightsFile { get; }

    public ModelDescription Read() => TestModel.ReadFolder(snapshot, name);

    /// <summary>Overwrites one row of a tensor.</summary>
    public void Fill(string tensor, int row, float value)
    {
        var entry = Read().Weights.Tensors[tensor];
        var values = new float[entry.Shape[1]];
        Array.Fill(values, value);
        using var stream = File.OpenWrite(WeightsFile);
        stream.Position = entry.Offset + (row * entry.Shape[1] * sizeof(float));
        stream.Write(MemoryMarshal.AsBytes<float>(values));
    }

    public void Truncate(long bytes)
    {
        using var stream = File.OpenWrite(WeightsFile);
        stream.SetLength(stream.Length - bytes);
    }

    public void Dispose() => root.Delete(recursive: true);
}
