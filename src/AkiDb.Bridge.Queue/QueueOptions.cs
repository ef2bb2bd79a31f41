namespace AkiDb.Bridge.Queue;

/// <summary>Where bulk work comes from, and where its answers go.</summary>
internal sealed class QueueOptions
{
    /// <summary>
    /// The broker: <c>amqp://USER@HOST:PORT/VHOST</c>, or <c>amqps://</c> for TLS; several, separated by semicolons, are the nodes of one cluster. Default empty: none.
    /// </summary>
    public string Uri { get; set; } = "";

    /// <summary>A file with the password, read again at each connection. Default empty: it is in <see cref="Uri"/>.</summary>
    public string PasswordFile { get; set; } = "";

    /// <summary>Who signs the broker's certificate: a PEM file. Default empty: whom this machine trusts.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>The certificate that this program shows to the broker: a PEM file. Default empty: none.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The key of <see cref="CertificateFile"/>: a PEM file. Default empty: it is in the same file.</summary>
    public string CertificateKeyFile { get; set; } = "";

    /// <summary>The queue that texts come from.</summary>
    public string Name { get; set; } = "texts";

    /// <summary>The queue for answers to messages without a <c>reply_to</c>. Default empty: <see cref="Name"/> with <c>.answers</c> behind it.</summary>
    public string Answers { get; set; } = "";

    /// <summary>The queue for messages that nobody could answer. Default empty: <see cref="Name"/> with <c>.dead</c> behind it.</summary>
    public string DeadLetters { get; set; } = "";

    /// <summary>Whether the queues are declared: quorum queues, with what is set here. False where somebody else declares them.</summary>
    public bool Declare { get; set; } = true;

    /// <summary>How often a message is handed out again after whoever had it died, or could not compute it. Then it goes to <see cref="DeadLetters"/>. Default 20, as in RabbitMQ 4.</summary>
    public int DeliveryLimit { get; set; } = 20;

    /// <summary>How long a message that demands a space or a model goes from host to host until it comes to one that has it. Then it goes to <see cref="DeadLetters"/>. Default one day.</summary>
    public TimeSpan PassOnFor { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Messages that one host works on at a time. Default 0: 16 for each worker, which keeps its batches full.</summary>
    public int Prefetch { get; set; }

    /// <summary>The queue for answers, by its name.</summary>
    public string AnswersName => Answers.Length > 0 ? Answers : $"{Name}.answers";

    /// <summary>The queue for what nobody could answer, by its name.</summary>
    public string DeadLettersName => DeadLetters.Length > 0 ? DeadLetters : $"{Name}.dead";
}
