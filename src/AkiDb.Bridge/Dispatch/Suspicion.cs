namespace AkiDb.Bridge.Dispatch;

/// <summary>What is held against an input, worst last.</summary>
internal enum Suspicion
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A worker died while it computed the input, perhaps because of a neighbour.</summary>
    Suspected,

    /// <summary>Workers died of it alone.</summary>
    Poison,
}
