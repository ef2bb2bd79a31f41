using System.Collections;

namespace AkiDb.Bridge.Processes;

/// <summary>Which of the host's environment variables the workers' Python gets. Whatever is not named here stays with the host: secrets above all.</summary>
/// <remarks>The README of this room has the list for users.</remarks>
internal static class PassedVariables
{
    private static readonly StringComparer Names = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private static readonly StringComparison Comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    // What a process needs to find its files, folders, language and time; where Python environments are; where models are kept.
    private static readonly HashSet<string> Passed = new(Names)
    {
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TZDIR", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
        "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV",
        "PYTHONNOUSERSITE", "PYTHONUSERBASE", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HUGGINGFACE_HUB_CACHE", "SENTENCE_TRANSFORMERS_HOME",
        "TOKENIZERS_PARALLELISM", "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES",
        "NVIDIA_TF32_OVERRIDE", "NUMBER_OF_PROCESSORS", "OS", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE",
        "HOMEPATH", "USERNAME", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES",
    };

    // What governs how and on what is computed.
    private static readonly string[] PassedPrefixes =
    [
        "LC_", "CONDA_", "DYLD_", "MALLOC_", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "GOTO_", "BLIS_", "VECLIB_", "NUMEXPR_", "ATEN_", "DNNL_", "ONEDNN_",
        "TORCH_", "TORCHINDUCTOR_", "PYTORCH_", "TRITON_", "CUDA_", "CUDNN_", "CUBLAS_", "NCCL_", "HIP_", "HSA_", "ROCR_", "GPU_", "TRANSFORMERS_", "PROCESSOR_",
        "AKIDB_WORKER_",
    ];

    // One prefix more than was thought of must not let a secret out.
    private static readonly string[] SecretEndings = ["_TOKEN", "_KEY", "_SECRET", "_PASSWORD", "_PASSWD", "_CREDENTIALS"];

    /// <summary>What this process has and workers get.</summary>
    public static Dictionary<string, string> ForWorkers() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value ?? ""))
        .Where(variable => IsForWorkers(variable.Name))
        .ToDictionary(variable => variable.Name, variable => variable.Value, Names);

    /// <summary>Whether workers get a variable of this name.</summary>
    public static bool IsForWorkers(string name) =>
        Passed.Contains(name)
        || (PassedPrefixes.Any(prefix => name.StartsWith(prefix, Comparison)) && !SecretEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));
}
