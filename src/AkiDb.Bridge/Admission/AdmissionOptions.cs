namespace AkiDb.Bridge.Admission;

/// <summary>How much the bridge takes on.</summary>
public sealed class AdmissionOptions
{
    /// <summary>Tokens of all requests that are waiting or being computed. Default 1,000,000; a request beyond is refused at once, unless it is alone.</summary>
    public long MaxTokens { get; set; } = 1_000_000;

    /// <summary>
    /// How long an interactive request may be expected to wait for others, as after a burst of many at once; it is refused at once otherwise. Default 5 s.
    /// While more keeps coming than can be computed, no more is let in than keeps the engines busy: two fifths of a batch for each of them may wait.
    /// </summary>
    public Duration MaxWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Inputs of one request. Default 2,048.</summary>
    public int MaxInputs { get; set; } = 2_048;

    /// <summary>UTF-16 characters of one input. Default 1,000,000.</summary>
    public int MaxInputChars { get; set; } = 1_000_000;
}
