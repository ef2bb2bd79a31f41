namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary>How a good client and the host fared. Times are in milliseconds.</summary>
internal sealed record AttackFigure(
    string Name, double AloneP50, double AloneP99, double UnderP50, double UnderP99, int Refused, int Failed, double LivezMax, double PeakMegabytes, double AfterMegabytes, bool Lives);
