using Microsoft.AspNetCore.Connections;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>A caller has said that nothing more comes, before all of its request's body was there.</summary>
internal sealed class BodyBrokenOffException() : ConnectionAbortedException("The body ends before its last byte.")
{
    /// <summary>Whether this is behind an error.</summary>
    public static bool IsIn(Exception error) => error is BodyBrokenOffException || error.InnerException is BodyBrokenOffException;
}
