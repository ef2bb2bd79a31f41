using System.IO.MemoryMappedFiles;
using AkiDb.Bridge.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AkiDb.Bridge.Onnx;

/// <summary>The weights as tensors over the mapped files.</summary>
/// <remarks>ONNX Runtime shares pre-packed copies between sessions only for initialisers that it was given, not for those that it mapped itself.</remarks>
internal sealed class WeightMapping : IDisposable
{
    private readonly Dictionary<string, MappedFile> files = [];
    private readonly List<(string Name, OrtValue Value)> tensors = [];

    public WeightMapping(ModelWeights weights, IReadOnlyList<string> names)
    {
        try
        {
            foreach (var name in names)
            {
                tensors.Add((name, Map(weights.Tensors[name])));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void AddTo(SessionOptions options)
    {
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

    private OrtValue Map(TensorEntry tensor)
    {
        if (!files.TryGetValue(tensor.File, out var file))
        {
            files[tensor.File] = file = new MappedFile(tensor.File);
        }

        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [.. tensor.Shape], file.At(tensor.Offset), tensor.Length);
    }

    private sealed unsafe class MappedFile : IDisposable
    {
        private readonly MemoryMappedFile map;
        private readonly MemoryMappedViewAccessor view;
        private readonly byte* start;

        public MappedFile(string file)
        {
            map = MemoryMappedFile.CreateFromFile(file, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        }

        public nint At(long offset) => (nint)(start + offset);

        public void Dispose()
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
        }
    }
}
