namespace AkiDb.Bridge.Models;

/// <summary>Makes the errors of this room: what is wrong in which file of a model folder.</summary>
internal static class BadModel
{
    /// <param name="file">The file that is wrong.</param>
    /// <param name="sentence">What is wrong in it and what would be accepted.</param>
    /// <param name="cause">What was thrown, if anything was.</param>
    public static BridgeException In(string file, string sentence, Exception? cause = null) =>
        new(BridgeErrorKind.BadModel, $"The model cannot be served: {file}: {sentence}", cause);

    /// <summary>The same for what our own engines do not understand, while a library may.</summary>
    /// <inheritdoc cref="In" path="/param"/>
    public static BridgeException Foreign(string file, string sentence) =>
        new(BridgeErrorKind.BadModel, $"The model cannot be served: {file}: {sentence}") { IsForeignModel = true };
}
