namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The library for linear algebra: the slow reference one makes everything ten times slower, and nothing says so.</summary>
internal static class BlasCheck
{
    private const string Name = "BLAS";

    public static Check Of(TorchBuild torch) => torch.IsBlasSlow
        ? Check.Warn(
            Name,
            $"torch multiplies matrices with the {torch.Blas}, {torch.BlasFile}, which is many times slower than others.",
            "Install OpenBLAS (on Debian: apt install libopenblas0-pthread), or torch from PyPI. Where it is installed this one comes before it: look at LD_LIBRARY_PATH, and on Debian at what 'update-alternatives --get-selections' says of libblas.so.3.")
        : Check.Pass(Name, $"torch multiplies matrices with {torch.Blas}");
}
