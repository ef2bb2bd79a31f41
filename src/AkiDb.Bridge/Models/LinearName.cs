namespace AkiDb.Bridge.Models;

/// <summary>What a linear layer is called in the files. Some files hold several layers of equal size in one tensor, one below the other.</summary>
/// <param name="Module">Its module.</param>
/// <param name="Part">Which of the layers in its tensors it is.</param>
/// <param name="Parts">How many layers those tensors hold.</param>
internal readonly record struct LinearName(string Module, int Part = 0, int Parts = 1)
{
    public string Weight => OfPart($"{Module}.weight", Part, Parts);

    public string Bias => OfPart($"{Module}.bias", Part, Parts);

    /// <summary>The name that a part of a tensor has.</summary>
    public static string OfPart(string tensor, int part, int parts) => parts == 1 ? tensor : $"{tensor}[{part}/{parts}]";
}
