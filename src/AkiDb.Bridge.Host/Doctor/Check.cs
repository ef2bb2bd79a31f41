namespace AkiDb.Bridge.Host.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What it is, in a word or two.</param>
/// <param name="Result">How it is.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Remedy">What to do; null where there is nothing to do.</param>
internal sealed record Check(string Name, CheckResult Result, string Detail, string? Remedy)
{
    public static Check Pass(string name, string detail) => new(name, CheckResult.Pass, detail, null);

    public static Check Warn(string name, string detail, string remedy) => new(name, CheckResult.Warn, detail, remedy);

    public static Check Fail(string name, string detail, string remedy) => new(name, CheckResult.Fail, detail, remedy);
}
