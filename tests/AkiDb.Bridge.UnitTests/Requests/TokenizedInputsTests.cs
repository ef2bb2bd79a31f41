using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class TokenizedInputsTests
{
    [Fact]
    public void Id_that_stands_for_no_token_is_not_counted()
    {
        var inputs = new TokenizedInputs(new int[] { 0, 5, 0, 7, 8, 0 }, [3, 2, 1], new bool[3]);

        Assert.Equal([1, 2, 0], inputs.LengthsWithout(0));
        Assert.Equal([3, 2, 1], inputs.Lengths);
    }
}
