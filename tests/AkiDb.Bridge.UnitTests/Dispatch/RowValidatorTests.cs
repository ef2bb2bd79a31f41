using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class RowValidatorTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void One_value_that_is_no_number_is_found_wherever_it_stands(float bad)
    {
        for (var length = 1; length < 70; length++)
        {
            var rows = new RowValidator(length, length, mayBeZero: false);
            for (var position = 0; position < length; position++)
            {
                var values = Enumerable.Repeat(1f, 3 * length).ToArray();
                values[length + position] = bad;
                Assert.Equal((1, "has values that are not finite numbers"), rows.FindFault(values));
            }
        }
    }

    [Fact]
    public void Value_behind_the_vector_must_be_a_number_too_and_says_nothing_of_its_length()
    {
        var rows = new RowValidator(2, 3, mayBeZero: false);
        Assert.Null(rows.Learn([1, 2, 7, 2, 1, -512]));

        Assert.Null(rows.FindFault([1, 1, 100_000]));
        Assert.NotNull(rows.FindFault([1, 1, float.NaN]));
    }

    [Fact]
    public void Vectors_that_do_not_depend_on_the_text_are_no_models()
    {
        var rows = new RowValidator(2, 3, mayBeZero: false);

        Assert.Equal("they are the same for every text", rows.Learn([1, 2, 7, 1, 2, 9, 1, 2, 8, 1, 2, 7]));
        Assert.Null(rows.Learn([1, 2, 7, 1, 2, 9, 1, 3, 8, 1, 2, 7]));
    }

    [Fact]
    public void Row_of_zeros_is_a_fault_before_anything_is_learned()
    {
        Assert.Equal((1, "is zero"), new RowValidator(2, 2, mayBeZero: false).FindFault([1, 1, 0, 0]));
    }

    [Theory]
    [InlineData(0.04f, true)]
    [InlineData(0.06f, false)]
    [InlineData(90, false)]
    public void Vectors_that_are_normalised_have_the_length_1(float off, bool passes)
    {
        var rows = new RowValidator(2, 2, mayBeZero: false);
        Assert.Null(rows.Learn([0.6f, 0.8f, 1, 0]));

        Assert.Equal(passes, rows.FindFault([1 + off, 0]) is null);
        Assert.Equal(passes, rows.FindFault([1 - off, 0]) is null);
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(600, false)]
    [InlineData(1e19f, false)]
    [InlineData(3e38f, false)]
    [InlineData(0.04f, true)]
    [InlineData(0.02f, false)]
    [InlineData(0, false)]
    public void Vectors_that_are_not_normalised_have_about_the_lengths_that_were_learned(float length, bool passes)
    {
        var rows = new RowValidator(2, 2, mayBeZero: false);
        Assert.Null(rows.Learn([3, 4, 0, 3]));

        Assert.Equal(passes, rows.FindFault([0, length]) is null);
    }

    [Fact]
    public void Static_model_may_answer_zero_once_it_has_done_so_for_the_probe()
    {
        var rows = new RowValidator(2, 2, mayBeZero: true);
        Assert.Null(rows.Learn([1, 0, 0, 0, 0, 1]));
        Assert.Null(rows.FindFault([0, 0, 1, 0]));

        Assert.Null(rows.Learn([1, 0, 0, 1]));
        Assert.Equal((0, "is zero"), rows.FindFault([0, 0, 1, 0]));
    }

    [Theory]
    [InlineData(true, new float[] { 0, 0, 0, 0 })]
    [InlineData(true, new float[] { 0, 0, 0, 0, 1, 0 })]
    [InlineData(false, new float[] { 1, 0, 0, 0 })]
    [InlineData(true, new float[] { 1, float.NaN })]
    [InlineData(true, new float[] { 1, 0, 0, 1, float.NaN, 1, 2, 1 })]
    [InlineData(false, new float[] { 1, 0, 0, 1, float.PositiveInfinity, 1, 2, 1 })]
    public void Nothing_is_learned_from_rows_that_cannot_be_right(bool mayBeZero, float[] values)
    {
        Assert.NotNull(new RowValidator(2, 2, mayBeZero).Learn(values));
    }
}
