using System.Security.Cryptography;
using System.Text;
using AkiDb.Bridge.Admission;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>The keys that let somebody in. Those in files follow their files.</summary>
/// <remarks>A key's file that cannot be read for a moment takes nobody's key away: what it held last holds until it can be read again.</remarks>
internal sealed class ApiKeyRing
{
    private const int LongestKey = 4096;

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Dictionary<string, FileContent> files = [];
    private readonly Dictionary<string, byte[]> hashes = [];
    private volatile IReadOnlyList<ApiKeyOptions> entries;
    private volatile List<ApiKey> keys = [];

    /// <param name="entries">The keys of the configuration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="OptionsValidationException">A key's file cannot be read.</exception>
    public ApiKeyRing(IEnumerable<ApiKeyOptions> entries, TimeProvider time, ILogger<ApiKeyRing> logger)
    {
        (this.entries, this.time, this.logger) = ([.. entries], time, logger);
        List<string> mistakes = [];
        Take(mistakes);
        if (mistakes.Count > 0)
        {
            throw new OptionsValidationException(ApiKeySection.Name, typeof(HttpOptions), mistakes);
        }
    }

    /// <summary>Whether nobody needs a key: none is configured. One whose file cannot be read lets nobody in.</summary>
    public bool IsEmpty => entries.Count == 0;

    /// <summary>The key that somebody presents.</summary>
    /// <remarks>Every key is compared, each in constant time: how long it takes tells nothing of any of them.</remarks>
    /// <returns>Null when there is none like it.</returns>
    public ApiKey? Find(string presented)
    {
        if (presented.Length > LongestKey)
        {
            return null;
        }

        var hash = ApiKeyOptions.HashOf(presented);
        ApiKey? found = null;
        foreach (var key in keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, key.Hash))
            {
                found = key;
            }
        }

        return found;
    }

    /// <summary>Takes the keys of a configuration that was read again.</summary>
    public void Replace(IEnumerable<ApiKeyOptions> next)
    {
        lock (gate)
        {
            entries = [.. next];
            Report();
        }
    }

    /// <summary>Looks at the files.</summary>
    public void Look()
    {
        lock (gate)
        {
            if (entries.Any(entry => entry.KeyFile.Length > 0 && !FileContent.Read(entry.KeyFile).Equals(files.GetValueOrDefault(entry.KeyFile))))
            {
                Report();
            }
        }
    }

    private void Report()
    {
        List<string> mistakes = [];
        Take(mistakes);
        mistakes.ForEach(mistake => Log.KeyNotRead(logger, mistake));
        Log.KeysRead(logger, keys.Count);
    }

    private void Take(List<string> mistakes)
    {
        List<ApiKey> taken = [];
        foreach (var entry in entries)
        {
            var before = keys.FirstOrDefault(key => key.Name == entry.Name);
            if ((entry.Hash ?? HashOf(entry, mistakes) ?? hashes.GetValueOrDefault(entry.KeyFile)) is { } hash)
            {
                taken.Add(new ApiKey(entry.Name, hash, entry.Scopes, AllowanceOf(entry, before)));
            }
        }

        keys = taken;
    }

    private byte[]? HashOf(ApiKeyOptions entry, List<string> mistakes)
    {
        var content = FileContent.Read(entry.KeyFile);
        files[entry.KeyFile] = content;
        var text = content.Bytes is { } bytes ? Encoding.UTF8.GetString(bytes).TrimEnd() : null;
        if (text is not null && ApiKeyOptions.CanBeSent(text))
        {
            return hashes[entry.KeyFile] = ApiKeyOptions.HashOf(text);
        }

        var why = text switch
        {
            null => content.Failure ?? "there is no such file.",
            "" => "it is empty.",
            _ => "it holds white space, or a character that is not ASCII, which no header can carry.",
        };
        mistakes.Add($"{ApiKeySection.PathOf(entry)} cannot be read from its KeyFile '{entry.KeyFile}': {why}");
        return null;
    }

    // What was used up of a minute stays used up when the files are read again.
    private CallerAllowance? AllowanceOf(ApiKeyOptions entry, ApiKey? before)
    {
        if (entry is { TokensPerMinute: 0, ConcurrentTokens: 0 })
        {
            return null;
        }

        return before?.Allowance is { } same && same.TokensPerMinute == entry.TokensPerMinute && same.ConcurrentTokens == entry.ConcurrentTokens
            ? same
            : new CallerAllowance(entry.Name, entry.TokensPerMinute, entry.ConcurrentTokens, time);
    }
}
