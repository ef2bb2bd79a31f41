namespace AkiDb.Bridge.Protocol;

/// <summary>The error kinds of the wire, frozen by the golden frames.</summary>
internal static class ErrorKinds
{
    public const string BadInput = "bad_input";
    public const string TooLong = "too_long";
    public const string OutOfMemory = "out_of_memory";
    public const string Overloaded = "overloaded";
    public const string Deadline = "deadline";
    public const string Cancelled = "cancelled";
    public const string BadModel = "bad_model";
    public const string MissingLibrary = "missing_library";
    public const string Internal = "internal";
    public const string Poisoned = "poisoned";
}
