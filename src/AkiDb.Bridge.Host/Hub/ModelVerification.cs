using System.Globalization;
using System.Numerics.Tensors;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Host.Trials;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>Verifies a model: its files by their hashes, then what each engine makes of them.</summary>
internal static class ModelVerification
{
    /// <summary>Verifies it.</summary>
    public static async Task<ModelVerdict> RunAsync(ModelLocation location, EngineTrial trial, CancellationToken cancellationToken)
    {
        var (source, files) = await FileHashes.CompareAsync(location, cancellationToken);
        if (files.Any(file => file.Problem is not null))
        {
            return new ModelVerdict(location.Id, location.Folder, source, files, null, "The engines were not compared: the files are not what they should be.", Passed: false);
        }

        try
        {
            var worker = await trial.WorkerAsync(ParityProbe.Texts, cancellationToken);
            if (worker.Answer.Space.Library is not null)
            {
                return new ModelVerdict(location.Id, location.Folder, source, files, null, "Only the library in workers computes it: there is no second engine to compare with.", Passed: true);
            }

            var inProcess = await trial.InProcessAsync(ParityProbe.Texts, cancellationToken);
            return Compare(location, source, files, worker.Answer, inProcess.Answer);
        }
        catch (BridgeException error)
        {
            return new ModelVerdict(location.Id, location.Folder, source, files, null, $"The engines could not be compared: {error.Message}", Passed: false);
        }
    }

    private static ModelVerdict Compare(ModelLocation location, string? source, IReadOnlyList<FileCheck> files, EmbeddingResult worker, EmbeddingResult inProcess)
    {
        var cosine = worker.Vectors.Zip(inProcess.Vectors).Min(pair => CosineOf(pair.First.Span, pair.Second.Span));
        var required = worker.Space.Precision == inProcess.Space.Precision ? 0.9999 : 0.999;
        return new ModelVerdict(
            location.Id,
            location.Folder,
            source,
            files,
            cosine,
            string.Create(CultureInfo.InvariantCulture, $"The least cosine between the worker's and the in-process engine's vectors of {worker.Vectors.Count} texts is {cosine:F6}; at least {required} is right."),
            cosine >= required);
    }

    // A text without tokens has the zero vector in a static model.
    private static double CosineOf(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        TensorPrimitives.Norm(a) == 0 && TensorPrimitives.Norm(b) == 0 ? 1 : TensorPrimitives.CosineSimilarity(a, b);
}
