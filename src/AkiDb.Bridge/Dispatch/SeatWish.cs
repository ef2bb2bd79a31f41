namespace AkiDb.Bridge.Dispatch;

/// <summary>Who may compute some texts.</summary>
/// <param name="InProcessAllowed">Whether the in-process engine may stand in for workers.</param>
/// <param name="AvoidWorkers">Whether workers come last: they have just failed on these texts, or died of them.</param>
internal readonly record struct SeatWish(bool InProcessAllowed, bool AvoidWorkers);
