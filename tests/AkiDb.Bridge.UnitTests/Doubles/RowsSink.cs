using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>Takes the rows of the ids that it was told to expect.</summary>
internal sealed class RowsSink : IRowsReceiver
{
    private readonly Dictionary<long, float[]> expected = [];

    public List<RowsHeader> Completed { get; } = [];

    public List<RowsHeader> Refused { get; } = [];

    public float[] Expect(long id, int values) => expected[id] = new float[values];

    public bool TryClaim(RowsHeader header, out Memory<float> rows)
    {
        if (expected.TryGetValue(header.Id, out var memory))
        {
            rows = memory.Length == (long)header.Count * header.Dimension ? memory : throw new ProtocolException("Another shape.");
            return true;
        }

        Refused.Add(header);
        rows = default;
        return false;
    }

    public void Complete(RowsHeader header) => Completed.Add(header);
}
