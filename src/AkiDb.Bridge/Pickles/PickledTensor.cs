namespace AkiDb.Bridge.Pickles;

/// <summary>A view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Start">The first element.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <param name="Strides">For each dimension, the elements from one index to the next.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Start, long[] Shape, long[] Strides)
{
    /// <summary>Whether its elements lie one behind the other.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected)
                {
                    return false;
                }

                expected *= Shape[axis];
            }

            return true;
        }
    }

    /// <summary>How many elements it has.</summary>
    public long Elements => Shape.Contains(0) ? 0 : Shape.Aggregate(1L, (product, size) => product * size);
}
