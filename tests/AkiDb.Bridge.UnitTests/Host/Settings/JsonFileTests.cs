using AkiDb.Bridge.Host.Settings;

namespace AkiDb.Bridge.UnitTests.Host.Settings;

public sealed class JsonFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("akidb-settings-");
    private readonly List<string> complaints = [];
    private readonly JsonFile file;

    public JsonFileTests() => file = new JsonFile(At) { Unusable = complaints.Add };

    private string At => Path.Combine(folder.FullName, "settings.json");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void File_that_never_was_there_is_not_missed_when_the_configuration_is_read_again()
    {
        file.Load();
        file.Load();

        Assert.Empty(complaints);
    }

    [Fact]
    public void File_that_was_there_is_missed_and_what_it_said_holds()
    {
        File.WriteAllText(At, """{"a": "1"}""");
        file.Load();
        File.Delete(At);
        file.Load();

        Assert.Equal(["it is missing."], complaints);
        Assert.True(file.TryGet("a", out var value));
        Assert.Equal("1", value);
    }
}
