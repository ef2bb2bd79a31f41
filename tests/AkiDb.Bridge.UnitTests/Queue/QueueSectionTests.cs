using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class QueueSectionTests
{
    [Theory]
    [InlineData("Uri", "http://localhost", "Uri")]
    [InlineData("Uri", "amqp://a;b", "Uri")]
    [InlineData("Name", "", "Name")]
    [InlineData("Answers", "texts", "Answers")]
    [InlineData("DeadLetters", "texts.answers", "DeadLetters")]
    [InlineData("DeliveryLimit", "0", "DeliveryLimit")]
    [InlineData("Prefetch", "-1", "Prefetch")]
    [InlineData("CertificateKeyFile", "key.pem", "CertificateKeyFile")]
    [InlineData("Urii", "amqp://a", "Did you mean Uri?")]
    public void Mistake_is_told_by_its_name(string name, string value, string expected)
    {
        var mistakes = new List<string>();
        Section(name, value, out var section).Read(section, mistakes);
        Assert.Contains(expected, Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void Further_queues_are_named_after_the_first()
    {
        var options = Section("Name", "work", out _).Options;
        Assert.Equal(("work.answers", "work.dead"), (options.AnswersName, options.DeadLettersName));
    }

    private static QueueSection Section(string name, string value, out IConfigurationSection section)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [$"Bridge:Queue:{name}"] = value }).Build();
        section = configuration.GetSection("Bridge:Queue");
        return new QueueSection(configuration);
    }
}
