namespace AkiDb.Bridge.Host.Files;

/// <summary>A line of an input.</summary>
/// <param name="Number">Its number, from 1 on.</param>
/// <param name="Bytes">Its bytes, until the next line is read; empty where it is too long.</param>
/// <param name="IsTooLong">Whether it is longer than is taken, and was not kept.</param>
internal readonly record struct InputLine(long Number, ReadOnlyMemory<byte> Bytes, bool IsTooLong);
