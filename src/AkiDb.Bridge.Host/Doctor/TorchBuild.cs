namespace AkiDb.Bridge.Host.Doctor;

/// <summary>How torch was built, and what it multiplies matrices with.</summary>
/// <param name="CudaBuild">The version of CUDA or HIP that it was built for; null for processors only.</param>
/// <param name="CudaDevices">The GPUs that it can use.</param>
/// <param name="Blas">The library for linear algebra, as workers name it when they start.</param>
/// <param name="BlasFile">Its file; null where the system does not tell.</param>
/// <param name="IsBlasSlow">Whether it is the reference one.</param>
internal sealed record TorchBuild(string? CudaBuild, int CudaDevices, string Blas, string? BlasFile, bool IsBlasSlow);
