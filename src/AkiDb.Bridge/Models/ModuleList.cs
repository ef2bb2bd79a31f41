namespace AkiDb.Bridge.Models;

/// <summary>The modules of a model.</summary>
/// <param name="Transformer">The folder of the transformer and its tokeniser: the model's own, or one inside it.</param>
/// <param name="Pooling">The folder of the pooling.</param>
/// <param name="Behind">The modules behind the pooling that change a vector, in order: the name of the class, and the folder.</param>
internal sealed record ModuleList(string Transformer, string Pooling, IReadOnlyList<(string Class, string Folder)> Behind);
