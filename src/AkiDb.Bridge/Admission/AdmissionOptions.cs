namespace AkiDb.Bridge.Admission;

/// <summary>How much the bridge takes on.</summary>
public sealed class AdmissionOptions
{
    /// <summary>Tokens of all requests that are waiting, being computed or being answered. Default 1,000,000; a request beyond is refused at once, unless it is alone. A quarter is kept for interactive requests, and one caller never gets all.</summary>
    public long MaxTokens { get; set; } = 1_000_000;

    /// <summary>
    /// How long an interactive request may be expected to wait for others, as after a burst of many at once; it is refused at once otherwise. Default 5 s.
    /// While more keeps coming than can be computed, no more is let in than keeps the engines busy: two fifths of a batch for each of them may wait.
    /// </summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Inputs of one request. Default 2,048.</summary>
    public int MaxInputs { get; set; } = 2_048;

    /// <summary>UTF-16 characters of one input. Default 1,000,000.</summary>
    public int MaxInputChars { get; set; } = 1_000_000;

    /// <summary>UTF-16 characters of one request's inputs together; the prompt counts once for each of them. Default 32,000,000.</summary>
    public long MaxRequestChars { get; set; } = 32_000_000;

    /// <summary>
    /// Bytes of the bodies of all requests together, of all models; a request beyond is refused at once, unless it is alone, and one caller never gets all.
    /// Default 0: a sixteenth of the memory that the process may use, 24 to 512 MiB. Only the value of the section <c>Bridge</c> counts.
    /// </summary>
    public long BodyBytes { get; set; }

    /// <summary>
    /// UTF-16 characters of the texts of all requests together, each with its prompt, while they are tokenised; bounded as <see cref="BodyBytes"/> are.
    /// Default 0: one for each 32 bytes of the memory that the process may use, 16 to 256 Mi. Only the value of the section <c>Bridge</c> counts.
    /// </summary>
    public long Characters { get; set; }

    /// <summary>
    /// Bytes of the vectors and answers of all requests together, until they were written; bounded as <see cref="BodyBytes"/> are.
    /// Default 0: an eighth of the memory that the process may use, 48 to 1,024 MiB. Only the value of the section <c>Bridge</c> counts.
    /// </summary>
    public long AnswerBytes { get; set; }
}
