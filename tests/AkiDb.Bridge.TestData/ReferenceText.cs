namespace AkiDb.Bridge.TestData;

/// <summary>One text of the reference set.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What kind of text it is, such as <c>sentence</c>.</param>
/// <param name="Text">The text itself.</param>
public sealed record ReferenceText(string Id, string Kind, string Text);
