namespace AkiDb.Bridge.Models;

/// <summary>Where one tensor lies in a safetensors file.</summary>
/// <param name="File">The real file (symbolic links resolved), absolute.</param>
/// <param name="Type">The safetensors name of the element type: <c>F32</c>, <c>F16</c>, <c>BF16</c>, <c>I64</c>, ...</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Offset">The first byte, counted from the start of the file.</param>
/// <param name="Length">The number of bytes.</param>
internal sealed record TensorEntry(string File, string Type, IReadOnlyList<long> Shape, long Offset, long Length);
