namespace AkiDb.Bridge.Models;

/// <summary>Makes the errors of this room: what is wrong in which file of a model folder.</summary>
internal static class BadModel
{
    public static BridgeException In(string file, string sentence, Exception? cause = null) =>
        new(BridgeErrorKind.BadModel, $"The model cannot be served: {file}: {sentence}", cause);

    /// <summary>The same for what our own engines do not understand, while a library may.</summary>
    public static BridgeException Foreign(string file, string sentence) =>
        new(BridgeErrorKind.BadModel, $"The model cannot be served: {file}: {sentence}") { IsForeignModel = true };
}
