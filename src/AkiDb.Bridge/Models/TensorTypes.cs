namespace AkiDb.Bridge.Models;

/// <summary>The element types of the safetensors format.</summary>
internal static class TensorTypes
{
    private static readonly string[] Computable = ["F32", "F16", "BF16"];

    /// <summary>Whether both engines compute with weights of this type.</summary>
    public static bool IsComputable(string type) => Computable.Contains(type);

    /// <summary>The bits of one element; null for a type that this reader does not know.</summary>
    public static int? Bits(string type) => type switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" => 8,
        "I16" or "U16" or "F16" or "BF16" => 16,
        "I32" or "U32" or "F32" => 32,
        "I64" or "U64" or "F64" or "C64" => 64,
        _ => null,
    };
}
