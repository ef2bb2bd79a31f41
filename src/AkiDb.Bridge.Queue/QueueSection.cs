using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Queue;

/// <summary>Reads <c>Bridge:Queue</c>.</summary>
/// <param name="configuration">The application's configuration.</param>
internal sealed class QueueSection(IConfiguration configuration) : IOptionsSection
{
    private const int MostPrefetch = 10_000;

    private static readonly OptionsMap<QueueOptions> Map = new OptionsMap<QueueOptions>()
        .Value(nameof(QueueOptions.Uri), options => options.Uri, (options, value) => options.Uri = value, OptionType.Text)
        .Value(nameof(QueueOptions.PasswordFile), options => options.PasswordFile, (options, value) => options.PasswordFile = value, OptionType.Text)
        .Value(nameof(QueueOptions.CaFile), options => options.CaFile, (options, value) => options.CaFile = value, OptionType.Text)
        .Value(nameof(QueueOptions.CertificateFile), options => options.CertificateFile, (options, value) => options.CertificateFile = value, OptionType.Text)
        .Value(nameof(QueueOptions.CertificateKeyFile), options => options.CertificateKeyFile, (options, value) => options.CertificateKeyFile = value, OptionType.Text)
        .Value(nameof(QueueOptions.Name), options => options.Name, (options, value) => options.Name = value, OptionType.Text)
        .Value(nameof(QueueOptions.Answers), options => options.Answers, (options, value) => options.Answers = value, OptionType.Text)
        .Value(nameof(QueueOptions.DeadLetters), options => options.DeadLetters, (options, value) => options.DeadLetters = value, OptionType.Text)
        .Value(nameof(QueueOptions.Declare), options => options.Declare, (options, value) => options.Declare = value, OptionType.Flag)
        .Value(nameof(QueueOptions.DeliveryLimit), options => options.DeliveryLimit, (options, value) => options.DeliveryLimit = value, OptionType.Number)
        .Value(nameof(QueueOptions.Prefetch), options => options.Prefetch, (options, value) => options.Prefetch = value, OptionType.Number);

    /// <inheritdoc/>
    public string Name => "Queue";

    /// <summary>The options, as they are now; their mistakes are for whoever reports them together with all others.</summary>
    public QueueOptions Options
    {
        get
        {
            var read = new QueueOptions();
            Map.Read(configuration.GetSection($"{BridgeOptions.Section}:{Name}"), read, []);
            return read;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, object?>> Read(IConfigurationSection section, ICollection<string> mistakes)
    {
        var read = new QueueOptions();
        ConfigurationSections.Expect(section, mistakes);
        Map.Read(section, read, mistakes);
        foreach (var mistake in Check(read))
        {
            mistakes.Add(mistake);
        }

        return Map.Values(read);
    }

    private static IEnumerable<string> Check(QueueOptions options)
    {
        var rules = new (bool Holds, string Rule)[]
        {
            (OptionLists.Of(options.Uri).All(IsBroker), "Bridge:Queue:Uri must be amqp://HOST or amqps://HOST, perhaps with USER@ before and :PORT/VHOST behind it; several are separated by semicolons."),
            (options.Name.Length > 0, "Bridge:Queue:Name is empty: it must be a queue's name."),
            (new[] { options.Name, options.AnswersName, options.DeadLettersName }.Distinct().Count() == 3, "Bridge:Queue:Name, Answers and DeadLetters must be three different queues."),
            (options.DeliveryLimit >= 1, "Bridge:Queue:DeliveryLimit must be at least 1."),
            (options.Prefetch is >= 0 and <= MostPrefetch, $"Bridge:Queue:Prefetch must be 1 to {MostPrefetch}, or 0 for what suits the workers."),
            (options.CertificateFile.Length > 0 || options.CertificateKeyFile.Length == 0, "Bridge:Queue:CertificateKeyFile is of no use without a Bridge:Queue:CertificateFile."),
        };
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Rule);
    }

    private static bool IsBroker(string text) => System.Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0;
}
