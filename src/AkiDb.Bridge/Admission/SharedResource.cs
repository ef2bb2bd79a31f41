namespace AkiDb.Bridge.Admission;

/// <summary>What requests take up in the host, for all models together. Tokens are bounded for each model, by its <see cref="AdmissionGate"/>.</summary>
internal enum SharedResource
{
    /// <summary>Bytes of bodies that are being read, and are kept until the request's texts are no longer needed.</summary>
    BodyBytes,

    /// <summary>UTF-16 characters of texts and prompts that are to be tokenised: a prompt counts once for each input that it stands before.</summary>
    Characters,

    /// <summary>Bytes of vectors, and of the answer that is made of them, until it was written.</summary>
    AnswerBytes,
}
