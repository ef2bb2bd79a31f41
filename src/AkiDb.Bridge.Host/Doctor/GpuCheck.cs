namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Whether a GPU of this machine is of use to torch.</summary>
internal static class GpuCheck
{
    private const string Name = "GPU";

    /// <param name="python">What the workers' Python has.</param>
    /// <param name="gpus">NVIDIA's GPUs in this machine.</param>
    /// <param name="device">Where workers are to compute.</param>
    public static Check Of(PythonReport python, int gpus, string device)
    {
        var torch = python.Torch!;
        if (device.StartsWith("cuda", StringComparison.Ordinal) && torch.CudaDevices == 0)
        {
            return Check.Fail(
                Name,
                torch.CudaBuild is null ? $"Worker:Device is {device}, and this torch is built for processors only." : $"Worker:Device is {device}, and torch (CUDA {torch.CudaBuild}) can use no GPU.",
                "Install a torch that is built for this machine's driver (see 'nvidia-smi'), or set Worker:Device to auto.");
        }

        return (gpus, torch.CudaDevices) switch
        {
            (0, 0) => Check.Pass(Name, "none; workers compute on the processor"),
            ( > 0, 0) => Check.Warn(Name, $"The machine has {gpus} GPUs, and torch can use none of them.", "Install a torch that is built for CUDA and for this machine's driver (see 'nvidia-smi')."),
            _ => Check.Pass(Name, $"torch can use {torch.CudaDevices}"),
        };
    }
}
