namespace AkiDb.Bridge.Host.Files;

/// <summary>What a row is called: by a field of its own, else by its number.</summary>
/// <param name="Text">As it is written.</param>
/// <param name="IsNumber">Whether it is a number, in JSON without quotes.</param>
internal readonly record struct RowId(string Text, bool IsNumber)
{
    public static RowId Of(long number) => new(number.ToString(System.Globalization.CultureInfo.InvariantCulture), IsNumber: true);
}
