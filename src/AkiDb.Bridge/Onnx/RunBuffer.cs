using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AkiDb.Bridge.Onnx;

/// <summary>The native memory of one run's inputs and rows, used again by every run of its thread.</summary>
internal sealed unsafe class RunBuffer(int dimension) : IDisposable
{
    /// <summary>The widest vectors that the CPU loads at once.</summary>
    private const int Alignment = 64;

    private const int ElementSize = 4;

    private readonly int[] offsets = new int[GraphInputs.Count + 1];
    private readonly long[] vector = new long[1];
    private readonly long[] matrix = new long[2];
    private MicroBatch batch;
    private byte* memory;
    private int capacity;

    /// <summary>The pooled rows of the micro-batch.</summary>
    public Span<float> Rows => new(memory + offsets[^1], batch.Texts * dimension);

    /// <summary>Makes room for a micro-batch; what was here before is gone.</summary>
    public void Reserve(MicroBatch next)
    {
        batch = next;
        var size = 0;
        for (var input = 0; input < GraphInputs.Count; input++)
        {
            offsets[input] = size;
            size = Aligned(size + checked(((GraphInput)input).Size(batch) * ElementSize));
        }

        offsets[^1] = size;
        size = checked(size + (batch.Texts * dimension * ElementSize));
        if (size > capacity)
        {
            Dispose();
            memory = (byte*)NativeMemory.AlignedAlloc((nuint)size, Alignment);
            capacity = size;
        }
    }

    public Span<int> Integers(GraphInput input) => new(memory + offsets[(int)input], input.Size(batch));

    public Span<float> Floats(GraphInput input) => new(memory + offsets[(int)input], input.Size(batch));

    public OrtValue Tensor(GraphInput input) => input.IsMatrix()
        ? Tensor(input.Element(), offsets[(int)input], batch.Texts, batch.Longest)
        : Tensor(input.Element(), offsets[(int)input], input.Size(batch));

    public OrtValue RowsTensor() => Tensor(OnnxElement.Float32, offsets[^1], batch.Texts, dimension);

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
        capacity = 0;
    }

    private static int Aligned(int size) => checked(size + Alignment - 1) & -Alignment;

    private OrtValue Tensor(OnnxElement element, int offset, int size)
    {
        vector[0] = size;
        return Tensor(element, offset, vector);
    }

    private OrtValue Tensor(OnnxElement element, int offset, int outer, int inner)
    {
        matrix[0] = outer;
        matrix[1] = inner;
        return Tensor(element, offset, matrix);
    }

    private OrtValue Tensor(OnnxElement element, int offset, long[] shape)
    {
        long size = ElementSize;
        foreach (var dimensionSize in shape)
        {
            size *= dimensionSize;
        }

        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, (TensorElementType)element, shape, (nint)(memory + offset), size);
    }
}
