namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The library for linear algebra: the slow reference one makes everything ten times slower, and nothing says so.</summary>
internal static class BlasCheck
{
    private const string Name = "BLAS";

    private static readonly string[] Fast = ["openblas", "mkl", "blis", "atlas", "accelerate", "armpl", "nvpl"];

    public static Check Of(PythonReport python)
    {
        var plain = python.BlasFiles.Where(file => Path.GetFileName(file).StartsWith("libblas.", StringComparison.Ordinal)).ToList();
        var fast = Fast.FirstOrDefault(name => python.BlasFiles.Any(file => file.Contains(name, StringComparison.OrdinalIgnoreCase)));
        if (plain.Count > 0 && fast is null)
        {
            return Check.Warn(
                Name, $"torch multiplies matrices with the reference BLAS, {plain[0]}, which is many times slower than others.", "Install OpenBLAS (on Debian: apt install libopenblas0-pthread), or torch from PyPI.");
        }

        // Whoever has it within torch's own library says so here.
        var own = Fast.FirstOrDefault(name => python.Torch!.Configuration.Contains(name, StringComparison.OrdinalIgnoreCase));
        return Check.Pass(Name, (fast ?? own) is { } known ? $"torch multiplies matrices with {known}" : "part of torch");
    }
}
