using System.Text;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Queue;

/// <summary>Reads <c>Bridge:Queue</c>.</summary>
/// <param name="configuration">The application's configuration.</param>
internal sealed class QueueSection(IConfiguration configuration) : IOptionsSection
{
    /// <summary>The bytes of a queue's name for which the protocol has room.</summary>
    public const int LongestName = 255;

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
        .Value(nameof(QueueOptions.PassOnFor), options => options.PassOnFor, (options, value) => options.PassOnFor = value, OptionType.Time)
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
        var nodes = OptionLists.Of(options.Uri);
        string[] queues = [options.Name, options.AnswersName, options.DeadLettersName];

        // No rule says what the URI is: there may be a password in it.
        var rules = new (bool Holds, string Rule)[]
        {
            (nodes.All(IsBroker), "Bridge:Queue:Uri must be amqp://HOST or amqps://HOST, perhaps with USER@ before and :PORT/VHOST behind it; several are separated by semicolons. In the password and the virtual host what means something in a URI is percent-encoded: %2F for a slash, %40 for an at sign, %3F for a question mark, %23 for a hash, %3B for a semicolon."),
            (!nodes.All(IsBroker) || AreOfOneCluster([.. nodes.Select(node => new Uri(node))]), "Bridge:Queue:Uri names the nodes of one cluster: only the first one's user, password and virtual host are taken. Name the same with the others, or none."),
            (options.Name.Length > 0, "Bridge:Queue:Name is empty: it must be a queue's name."),
            (queues.Distinct().Count() == queues.Length, "Bridge:Queue:Name, Answers and DeadLetters must be three different queues."),
            (queues.All(queue => Encoding.UTF8.GetByteCount(queue) <= LongestName), $"Bridge:Queue:Name, Answers and DeadLetters must have {LongestName} bytes at most, with the '.answers' and '.dead' that are put behind the first one where the others are left out."),
            (options.DeliveryLimit >= 1, "Bridge:Queue:DeliveryLimit must be at least 1."),
            (options.Prefetch is >= 0 and <= MostPrefetch, $"Bridge:Queue:Prefetch must be 1 to {MostPrefetch}, or 0 for what suits the workers."),
            (options.CertificateFile.Length > 0 || options.CertificateKeyFile.Length == 0, "Bridge:Queue:CertificateKeyFile is of no use without a Bridge:Queue:CertificateFile."),
        };
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Rule);
    }

    // The library throws at a second slash, and passes over what follows a question mark.
    private static bool IsBroker(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps" && uri.Host.Length > 0
        && uri.AbsolutePath.Count(letter => letter == '/') <= 1 && uri.Query.Length == 0 && uri.Fragment.Length == 0;

    private static bool AreOfOneCluster(Uri[] nodes) => nodes.Skip(1).All(node =>
        (node.UserInfo.Length == 0 || node.UserInfo == nodes[0].UserInfo) && (node.AbsolutePath.Trim('/').Length == 0 || node.AbsolutePath == nodes[0].AbsolutePath));
}
