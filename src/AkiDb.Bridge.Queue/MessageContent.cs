using System.Text;
using System.Text.Unicode;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Diagnostics;
using Microsoft.Net.Http.Headers;
using RabbitMQ.Client;

namespace AkiDb.Bridge.Queue;

/// <summary>What a message's properties say of its body, and demand of its answer.</summary>
internal static class MessageContent
{
    // What senders call a body that is neither compressed nor in another alphabet.
    private static readonly string[] Plain = ["", "identity", "binary", "8bit", "utf-8", "utf8", "us-ascii", "ascii"];

    /// <summary>Whether the body is MessagePack. Anything else is read as JSON.</summary>
    public static bool IsMessagePack(string? type) => TypeOf(type)?.MediaType is { } media &&
        (media.Equals(QueueMessage.MessagePackType, StringComparison.OrdinalIgnoreCase) || media.Equals("application/msgpack", StringComparison.OrdinalIgnoreCase));

    /// <summary>Checks that the body is as it is: not compressed, and in no other alphabet, whose letters would be read as others.</summary>
    /// <exception cref="BridgeException">It is not (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static void ExpectPlain(IReadOnlyBasicProperties properties)
    {
        if (!IsPlain(properties.ContentEncoding))
        {
            throw JsonMembers.Bad($"The message's content_encoding is {ForeignText.Quote(properties.ContentEncoding!)}; send the body as it is, in UTF-8.");
        }

        if (TypeOf(properties.ContentType)?.Charset.Value is { } charset && !IsPlain(HeaderUtilities.RemoveQuotes(charset).Value))
        {
            throw JsonMembers.Bad($"The charset of the message's content_type is {ForeignText.Quote(charset)}; send the body in UTF-8.");
        }
    }

    /// <summary>The space that the message's header demands; null for whatever the host has.</summary>
    /// <exception cref="BridgeException">The header is no text (<see cref="BridgeErrorKind.BadInput"/>): vectors of another space must not come instead.</exception>
    public static string? SpaceOf(IReadOnlyBasicProperties properties)
    {
        string? demanded = null;
        foreach (var (name, value) in properties.Headers ?? new Dictionary<string, object?>())
        {
            // Whoever knows it from HTTP writes it in any case.
            if (name.Equals(SpaceHeader.Name, StringComparison.OrdinalIgnoreCase) && TextOf(value) is { Length: > 0 } space)
            {
                demanded = demanded is null || demanded == space ? space : throw Bad("is there twice, with different spaces");
            }
        }

        return demanded;
    }

    private static string? TextOf(object? header) => header switch
    {
        null => null,
        byte[] text when Utf8.IsValid(text) => Encoding.UTF8.GetString(text),
        _ => throw Bad("is no text in UTF-8"),
    };

    private static BridgeException Bad(string what) => JsonMembers.BadMember("space", $"The message's header {SpaceHeader.Name} {what}. Send it once, as a string.");

    private static bool IsPlain(string? coding) => Plain.Contains(coding?.Trim() ?? "", StringComparer.OrdinalIgnoreCase);

    private static MediaTypeHeaderValue? TypeOf(string? type) => MediaTypeHeaderValue.TryParse(type, out var parsed) ? parsed : null;
}
