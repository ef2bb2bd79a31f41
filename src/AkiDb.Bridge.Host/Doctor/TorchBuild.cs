namespace AkiDb.Bridge.Host.Doctor;

/// <summary>How torch was built.</summary>
/// <param name="Configuration">What it says of that itself.</param>
/// <param name="CudaBuild">The version of CUDA or HIP that it was built for; null for processors only.</param>
/// <param name="CudaDevices">The GPUs that it can use.</param>
internal sealed record TorchBuild(string Configuration, string? CudaBuild, int CudaDevices);
