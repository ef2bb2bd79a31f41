namespace AkiDb.Bridge.Native.Border;

/// <summary>What a function returns; the numbers are the header's, and never change.</summary>
internal enum NativeStatus
{
    Ok = 0,
    BadInput = 1,
    UnknownModel = 2,
    TooLarge = 3,
    TooLong = 4,
    PoisonInput = 5,
    Overloaded = 6,
    NoEngine = 7,
    OutOfMemory = 8,
    EngineFault = 9,
    DeadlineExceeded = 10,
    BadModel = 11,
    Internal = 12,
    UnknownToken = 13,
    SpaceMismatch = 14,
    BadConfiguration = 32,
    InvalidArgument = 33,
    InvalidHandle = 34,
    Cancelled = 35,
    Stopping = 36,
    BufferTooSmall = 37,
    WrongThread = 38,
}
