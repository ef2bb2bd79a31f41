namespace AkiDb.Bridge.Pickles;

/// <summary>The tensors of one file that PyTorch has saved, and where their numbers lie in it.</summary>
/// <param name="File">The file.</param>
/// <param name="Tensors">The tensors by name.</param>
/// <param name="Storages">Where each storage begins, by its key.</param>
internal sealed record StateDict(PickleFile File, IReadOnlyDictionary<string, PickledTensor> Tensors, IReadOnlyDictionary<string, long> Storages);
