namespace AkiDb.Bridge.Models;

/// <summary>The names that sentence-transformers gives the poolings, in <c>1_Pooling/config.json</c>, on the wire and in an embedding space.</summary>
internal static class PoolingNames
{
    private static readonly string[] Names = ["cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"];

    public static string ToName(this Pooling pooling) => Names[(int)pooling];

    public static Pooling? Parse(string name) => Array.IndexOf(Names, name) is var index && index >= 0 ? (Pooling)index : null;
}
