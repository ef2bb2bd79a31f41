using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Native.Border;

/// <summary><c>akidb_bridge_result</c>: what a result holds, as its caller sees it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeResult
{
    public nuint StructSize;
    public float* Values;
    public nuint Count;
    public nuint Dimensions;
    public long TotalTokens;
    public byte* Truncated;
    public byte* Model;
    public byte* Space;
    public byte* ServedBy;
    public int Degraded;
    public int Reserved;
    public double ComputeMs;
    public double DurationMs;
}
