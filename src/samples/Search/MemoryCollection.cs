using System.Linq.Expressions;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace AkiDb.Bridge.Samples;

/// <summary>A collection of Microsoft.Extensions.VectorData in memory: every search looks at every vector. A connector to a database takes its place unchanged.</summary>
internal sealed class MemoryCollection(string name, IEmbeddingGenerator<string, Embedding<float>> generator) : VectorStoreCollection<int, Passage>
{
    private readonly SortedDictionary<int, (Passage Record, ReadOnlyMemory<float> Vector)> records = [];

    /// <summary>How many records there are.</summary>
    public int Count => records.Count;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => Task.FromResult(true);

    /// <inheritdoc/>
    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default)
    {
        records.Clear();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<Passage?> GetAsync(int key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(records.TryGetValue(key, out var found) ? found.Record : null);

    /// <inheritdoc/>
    public override IAsyncEnumerable<Passage> GetAsync(
        Expression<Func<Passage, bool>> filter, int top, FilteredRecordRetrievalOptions<Passage>? options = null, CancellationToken cancellationToken = default) =>
        records.Values.Select(entry => entry.Record).Where(filter.Compile()).Skip(options?.Skip ?? 0).Take(top).ToAsyncEnumerable();

    /// <inheritdoc/>
    public override Task DeleteAsync(int key, CancellationToken cancellationToken = default)
    {
        records.Remove(key);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task UpsertAsync(Passage record, CancellationToken cancellationToken = default) => UpsertAsync([record], cancellationToken);

    /// <inheritdoc/>
    public override async Task UpsertAsync(IEnumerable<Passage> records, CancellationToken cancellationToken = default)
    {
        Passage[] all = [.. records];
        var embeddings = await generator.GenerateAsync(all.Select(record => record.Text), cancellationToken: cancellationToken);
        foreach (var (record, embedding) in all.Zip(embeddings))
        {
            this.records[record.Id] = (record, embedding.Vector);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<VectorSearchResult<Passage>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<Passage>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var wanted = searchValue switch
        {
            ReadOnlyMemory<float> vector => vector,
            Embedding<float> embedding => embedding.Vector,
            string text => await generator.GenerateVectorAsync(text, cancellationToken: cancellationToken),
            _ => throw new NotSupportedException($"{typeof(TInput)} cannot be searched for: give a text or a vector."),
        };
        var filter = options?.Filter?.Compile() ?? (_ => true);
        var nearest = records.Values.Where(entry => filter(entry.Record))
            .Select(entry => new VectorSearchResult<Passage>(entry.Record, TensorPrimitives.CosineSimilarity(wanted.Span, entry.Vector.Span)))
            .OrderByDescending(result => result.Score);
        foreach (var result in nearest.Skip(options?.Skip ?? 0).Take(top))
        {
            yield return result;
        }
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(VectorStoreCollectionMetadata) ? new VectorStoreCollectionMetadata { VectorStoreSystemName = "memory", CollectionName = name }
        : serviceType.IsInstanceOfType(this) ? this
        : null;
}
