namespace AkiDb.Bridge.Chaos.Storm;

/// <summary>What became of a request of a storm. Every request has exactly one.</summary>
internal enum StormFate
{
    /// <summary>Answered, and every vector is right.</summary>
    Right,

    /// <summary>Answered with a vector that is another text's or another model's.</summary>
    Wrong,

    /// <summary>Refused with a sentence and a time to try again: too much at once, or no engine for now.</summary>
    Refused,

    /// <summary>Ended by the bridge because the request's own time was over.</summary>
    OutOfTime,

    /// <summary>The caller left before the answer.</summary>
    Left,

    /// <summary>Any other error.</summary>
    Failed,

    /// <summary>No answer at all, long after the request's time was over.</summary>
    Unanswered,
}
