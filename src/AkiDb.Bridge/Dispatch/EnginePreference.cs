namespace AkiDb.Bridge.Dispatch;

/// <summary>Which engine gets the work when several serve the same space.</summary>
public enum EnginePreference
{
    /// <summary>The workers; the in-process engine stands in for them.</summary>
    Workers,

    /// <summary>The in-process engine; the workers stand in for it.</summary>
    InProcess,

    /// <summary>The one that has lately computed more tokens a second; the other takes what would otherwise wait for it.</summary>
    Fastest,
}
