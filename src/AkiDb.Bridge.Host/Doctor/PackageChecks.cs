using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The packages that workers need: there, whole, and each only once.</summary>
internal static class PackageChecks
{
    public static IEnumerable<Check> Of(PythonReport python) => python.Packages.Select(package => Judge(python, package));

    private static Check Judge(PythonReport python, PythonPackage package)
    {
        var (name, places) = (package.Name, package.Places);
        if (package.Version is null)
        {
            return Check.Fail(name, PythonRefusal.HasNo(python.Executable, name), $"Install it: '{python.Executable}' -m pip install {name}, or run 'scripts/setup'.");
        }

        // A package is a folder; a single file of its name is somebody's own.
        if (places is [var first, ..] && !first.EndsWith("__init__.py", StringComparison.Ordinal))
        {
            return Check.Fail(name, $"The file {first} is taken for {name}, which it is not.", "Rename it, or take its folder out of what Python searches (.pth files).");
        }

        if (package.Error is { } error)
        {
            return Check.Fail(
                name, $"{name} {package.Version} is installed and cannot be imported: {ForeignText.Shorten(error, 300)}", $"Install it again: '{python.Executable}' -m pip install --force-reinstall {name}.");
        }

        var torch = name == "torch" && python.Torch is { } build ? $", built for {(build.CudaBuild is { } cuda ? $"CUDA {cuda}, with {build.CudaDevices} GPUs" : "processors only")}" : "";
        return places.Count > 1
            ? Check.Warn(name, $"{name} is there more than once: {places[0]} is taken, and hides {string.Join(", ", places.Skip(1))}.", "Remove the copy that is not meant.")
            : Check.Pass(name, $"{name} {package.Version}{torch}");
    }
}
