namespace AkiDb.Bridge.Models;

/// <summary>A tensor that a forward pass reads.</summary>
/// <param name="Name">Its name in the files, without prefix.</param>
/// <param name="Shape">Its shape there.</param>
/// <param name="Parts">How many layers it holds, one below the other.</param>
internal sealed record NeededTensor(string Name, long[] Shape, int Parts = 1)
{
    /// <summary>A linear layer's tensors; none for the later layers in one tensor, which came with the first.</summary>
    public static IEnumerable<NeededTensor> OfLinear(string at, LinearName name, long outputs, long inputs, bool hasBias)
    {
        if (name.Part > 0)
        {
            yield break;
        }

        yield return new($"{at}{name.Module}.weight", [outputs * name.Parts, inputs], name.Parts);
        if (hasBias)
        {
            yield return new($"{at}{name.Module}.bias", [outputs * name.Parts], name.Parts);
        }
    }

    /// <summary>A normalisation's tensors.</summary>
    public static IEnumerable<NeededTensor> OfNorm(string name, long size, bool hasBias)
    {
        yield return new($"{name}.weight", [size]);
        if (hasBias)
        {
            yield return new($"{name}.bias", [size]);
        }
    }
}
