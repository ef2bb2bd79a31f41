namespace AkiDb.Bridge.Dispatch;

/// <summary>Who may compute some texts.</summary>
/// <param name="InProcessAllowed">Whether the in-process engine may stand in for workers.</param>
/// <param name="AvoidWorkers">Whether workers come last: they have just failed on these texts, or died of them.</param>
internal readonly record struct EngineRequirements(bool InProcessAllowed, bool AvoidWorkers)
{
    /// <summary>Whether the in-process engine comes last: it has just failed on these texts.</summary>
    public bool AvoidInProcess { get; init; }
}
