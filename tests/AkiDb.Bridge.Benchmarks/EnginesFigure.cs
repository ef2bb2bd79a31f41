namespace AkiDb.Bridge.Benchmarks;

/// <summary>What a way took, in milliseconds, and the in-process engine's throughput as a multiple of the way's.</summary>
internal sealed record EnginesFigure(
    int Threads, string Case, string Way, int Rounds, double WallP10, double WallP50, double CpuP50, double EngineByWall, double EngineByCpu);
