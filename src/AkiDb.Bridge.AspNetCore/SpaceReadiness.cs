using System.Globalization;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>
/// Whether a host is ready for an index that was built in one space: only if requests are answered in exactly that one. What such requests ask for beside
/// their texts is named in the query: <c>dimensions</c>, <c>normalize</c>, <c>prompt</c>.
/// </summary>
/// <param name="Space">The space that is demanded.</param>
/// <param name="Dimensions">What the requests ask for; null for nothing.</param>
/// <param name="Normalize">What the requests ask for; null for nothing.</param>
/// <param name="Prompt">What the requests ask for; null for nothing.</param>
internal sealed record SpaceReadiness(string Space, int? Dimensions, bool? Normalize, string? Prompt)
{
    /// <summary>What <c>/readyz</c> is asked by <c>?space=</c> or the header; null for no space.</summary>
    public static SpaceReadiness? DemandOf(HttpRequest request)
    {
        var query = request.Query;
        var space = query["space"].ToString() is { Length: > 0 } named ? named : SpaceHeader.Of(request);
        return space is null
            ? null
            : new SpaceReadiness(
                space,
                int.TryParse(query["dimensions"], NumberStyles.None, CultureInfo.InvariantCulture, out var dimensions) ? dimensions : null,
                bool.TryParse(query["normalize"], out var normalize) ? normalize : null,
                query["prompt"].Count > 0 ? query["prompt"].ToString() : null);
    }

    /// <summary>The model whose requests are answered in the space; null for none.</summary>
    public static ModelStatus? Find(BridgeStatus status, SpaceReadiness? demand) =>
        demand is null ? null : status.Models.FirstOrDefault(model => demand.SpaceOf(model) is { } space && SpaceDemand.IsMet(demand.Space, space));

    /// <summary>Why a model's requests are not answered in the space; null when they are, or none is demanded.</summary>
    public static BridgeError? WhyNot(ModelStatus model, SpaceReadiness? demand)
    {
        if (demand is null)
        {
            return null;
        }

        if (demand.SpaceOf(model) is not { } space)
        {
            const string NotKnown = "not known yet";
            return new BridgeError(BridgeErrorKind.SpaceMismatch, $"The space of {model.Model} is {NotKnown}: its folder is being read, or could not be.")
            {
                Spaces = new SpaceMismatch(demand.Space, NotKnown),
            };
        }

        return SpaceDemand.IsMet(demand.Space, space) ? null : SpaceDemand.Refuse(demand.Space, space);
    }

    private EmbeddingSpace? SpaceOf(ModelStatus model) => model.Facts is { Space: { } space } facts && Dimensions is null or >= 1 && !(Dimensions > facts.Dimension)
        ? space with { Dimensions = Dimensions ?? space.Dimensions, Normalized = Normalize ?? space.Normalized, Prompt = Prompt ?? space.Prompt }
        : null;
}
