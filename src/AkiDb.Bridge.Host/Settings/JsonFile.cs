using System.Text.Json;
using AkiDb.Bridge.AspNetCore;
using Microsoft.Extensions.Configuration.Json;

namespace AkiDb.Bridge.Host.Settings;

/// <summary>A file of the configuration. Once it has been read, what it said holds until it can be read again.</summary>
/// <param name="path">The file, which need not exist when the program starts.</param>
internal sealed class JsonFile(string path) : ConfigurationProvider, IConfigurationSource
{
    private readonly Lock gate = new();
    private FileContent? used;
    private FileContent? seen;
    private bool wasRead;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Says that the file has changed and cannot be used, and why.</summary>
    public Action<string>? Unusable { get; set; }

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Reads the file, for the first time or because somebody asks for it.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, and never was.</exception>
    public override void Load()
    {
        lock (gate)
        {
            var isFirst = used is null;
            used = seen = FileContent.Read(path);
            if (Use(used) is { } reason)
            {
                if (isFirst)
                {
                    used = null;
                    throw new InvalidDataException($"The configuration file {path} cannot be read: {reason}");
                }

                Unusable?.Invoke(reason);
            }
        }
    }

    /// <summary>Looks at the file, and reads it if it has changed and has then stayed the same until the next look: it may be being written.</summary>
    public void Look()
    {
        lock (gate)
        {
            var now = FileContent.Read(path);
            var isSettled = now.Equals(seen);
            seen = now;
            if (!isSettled || now.Equals(used))
            {
                return;
            }

            used = now;
            if (Use(now) is { } reason)
            {
                Unusable?.Invoke(reason);
                return;
            }
        }

        OnReload();
    }

    /// <returns>Why it cannot be used; null when it is.</returns>
    private string? Use(FileContent content)
    {
        if (content.Bytes is null)
        {
            // One that never was there is not missed, however often the configuration is read again.
            return content.Failure ?? (wasRead ? "it is missing." : null);
        }

        try
        {
            Data = JsonText.Parse(content.Bytes);
            wasRead = true;
            return null;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            return error.Message;
        }
    }

    /// <summary>Reads JSON as the framework does.</summary>
    private sealed class JsonText(JsonStreamConfigurationSource source) : JsonStreamConfigurationProvider(source)
    {
        public static IDictionary<string, string?> Parse(byte[] bytes)
        {
            var text = new JsonText(new JsonStreamConfigurationSource { Stream = new MemoryStream(bytes) });
            text.Load();
            return text.Data;
        }
    }
}
