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
        WeightsFile = Add("model.safetensors");
        foreach (var file in Directory.EnumerateFiles(TestPaths.Model(name), "*.json", SearchOption.AllDirectories))
        {
            Add(Path.GetRelativePath(TestPaths.Model(name), file));
        }
    }

    public string WeightsFile { get; }

    public TransformerModel Read() => ModelFolder.Read(snapshot, name);

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

    private string Add(string file)
    {
        var blob = Path.Combine(root.CreateSubdirectory("blobs").FullName, file.Replace(Path.DirectorySeparatorChar, '-') + ".blob");
        var link = Path.Combine(snapshot, file);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.Copy(Path.Combine(TestPaths.Model(name), file), blob);
        File.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, blob));
        return blob;
    }
}
