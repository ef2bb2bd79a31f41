using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AkiDb.Bridge.Onnx;

/// <summary>The sealed weights, mapped for ONNX Runtime: it opens no file itself.</summary>
internal sealed class WeightMapping : IDisposable
{
    private readonly Dictionary<string, MappedFile> files = [];
    private readonly List<(string Name, OrtValue Value)> tensors = [];

    /// <summary>Maps every file.</summary>
    public WeightMapping(TransformerModel model)
    {
        try
        {
            foreach (var file in model.Weights.Files)
            {
                files[file] = new MappedFile(model.Content[file]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What a file is called in a graph.</summary>
    public static string NameOf(ModelWeights weights, string file) => $"weights-{weights.Files.ToList().IndexOf(file)}";

    /// <summary>Makes a tensor of each of these weights, which sessions can share.</summary>
    /// <remarks>ONNX Runtime shares pre-packed copies between sessions only for tensors that it was given, not for those that it made of a file.</remarks>
    public void Share(TransformerModel model, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            var tensor = model.Weights.Tensors[name];
            tensors.Add((name, OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [.. tensor.Shape], files[tensor.File].Start + (nint)tensor.Offset, tensor.Length)));
        }
    }

    public void AddTo(SessionOptions options, ModelWeights weights)
    {
        OnnxRuntimeApi.GiveFiles(options, [.. files.Select(file => (NameOf(weights, file.Key), file.Value.Start, file.Value.Length))]);
        foreach (var (name, value) in tensors)
        {
            options.AddInitializer(name, value);
        }
    }

    public void Dispose()
    {
        tensors.ForEach(tensor => tensor.Value.Dispose());
        tensors.Clear();
        foreach (var file in files.Values)
        {
            file.Dispose();
        }

        files.Clear();
    }
}
