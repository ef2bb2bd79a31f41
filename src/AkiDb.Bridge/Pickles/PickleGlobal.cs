namespace AkiDb.Bridge.Pickles;

/// <summary>A class or function that a pickle names: one of the few that a table of tensors needs.</summary>
/// <param name="Name">Module and name.</param>
internal sealed record PickleGlobal(string Name)
{
    private const string Rebuild = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string OrderedDictionary = "collections.OrderedDict";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = "F32",
        ["torch.HalfStorage"] = "F16",
        ["torch.BFloat16Storage"] = "BF16",
        ["torch.DoubleStorage"] = "F64",
        ["torch.LongStorage"] = "I64",
        ["torch.IntStorage"] = "I32",
        ["torch.ShortStorage"] = "I16",
        ["torch.CharStorage"] = "I8",
        ["torch.ByteStorage"] = "U8",
        ["torch.BoolStorage"] = "BOOL",
    };

    /// <summary>The element type of a storage class, as safetensors calls it; null for anything else.</summary>
    public string? StorageType => Types.GetValueOrDefault(Name);

    public bool IsTensor => Name == Rebuild;

    public bool IsParameter => Name == RebuildParameter;

    public bool IsDictionary => Name == OrderedDictionary;

    /// <summary>Whether it is one of those that are understood.</summary>
    public bool IsUnderstood => IsTensor || IsParameter || IsDictionary || StorageType is not null;
}
