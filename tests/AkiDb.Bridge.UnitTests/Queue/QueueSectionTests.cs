using System.Text;
using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class QueueSectionTests
{
    [Theory]
    [InlineData("Uri", "http://localhost", "Uri")]
    [InlineData("Uri", "amqp://a;b", "Uri")]
    [InlineData("Uri", "amqp://user:secret@localhost/a/b", "%2F")]
    [InlineData("Uri", "amqp://user:secret@localhost/a?heartbeat=10", "Uri")]
    [InlineData("Uri", "amqp://user:secret@localhost/a#b", "Uri")]
    [InlineData("Uri", "amqp://one:secret@a;amqp://other:secret@b", "the same")]
    [InlineData("Uri", "amqp://a/one;amqp://b/other", "the same")]
    [InlineData("Uri", "amqp://a;amqp://user@b", "the same")]
    [InlineData("Name", "", "Name")]
    [InlineData("Answers", "texts", "Answers")]
    [InlineData("DeadLetters", "texts.answers", "DeadLetters")]
    [InlineData("DeliveryLimit", "0", "DeliveryLimit")]
    [InlineData("Prefetch", "-1", "Prefetch")]
    [InlineData("PassOnFor", "a day", "PassOnFor")]
    [InlineData("CertificateKeyFile", "key.pem", "CertificateKeyFile")]
    [InlineData("Urii", "amqp://a", "Did you mean Uri?")]
    public void Mistake_is_told_by_its_name(string name, string value, string expected)
    {
        var mistakes = new List<string>();
        Section(name, value, out var section).Read(section, mistakes);
        var mistake = Assert.Single(mistakes);
        Assert.Contains(expected, mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", mistake, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Uri", "amqps://user:p%3Aa%2Fs%40s@[::1]:5671/%2Fvhost")]
    [InlineData("Uri", "amqp://user@a:1/v;amqp://b:2;amqp://user@c/v")]
    [InlineData("Uri", "amqp://a/")]
    [InlineData("Uri", "amqp://user:a:colon@a")]
    [InlineData("Name", "texte für ⚙/1.2")]
    public void What_can_be_meant_is_taken(string name, string value)
    {
        var mistakes = new List<string>();
        Section(name, value, out var section).Read(section, mistakes);
        Assert.Empty(mistakes);
    }

    [Fact]
    public void Queue_with_a_longer_name_than_the_protocol_has_room_for_is_refused_with_the_names_that_are_made_of_it()
    {
        var mistakes = new List<string>();
        Section("Name", new string('ä', 124), out var section).Read(section, mistakes);
        Assert.Contains("255", Assert.Single(mistakes), StringComparison.Ordinal);

        Assert.Equal(255, Encoding.UTF8.GetByteCount(new Job(new QueueOptions { Name = new string('a', 245) }, "first").Stream));
        Assert.Throws<InvalidDataException>(() => new Job(new QueueOptions { Name = new string('a', 246) }, "first"));
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
