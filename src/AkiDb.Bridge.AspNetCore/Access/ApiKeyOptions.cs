using System.Security.Cryptography;
using System.Text;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>One key by which callers are let in: an entry of <c>Bridge:Http:ApiKeys</c>, which is the key itself or a section.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>What logs and metrics call whoever has the key. Default: the entry's number.</summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// A file that holds the key, and white space behind it at most; read again when it changes. Instead of a key (<c>Key</c>, or <see cref="SetKey"/>).
    /// Default empty.
    /// </summary>
    public string KeyFile { get; set; } = "";

    /// <summary>What the key allows: <c>embed</c>, <c>admin</c>, <c>metrics</c>. Default: everything.</summary>
    public ApiKeyScopes Scopes { get; set; } = ApiKeyScopes.All;

    /// <summary>Tokens that may be computed in a minute, which may come all at once; a request beyond is refused with 429. Default 0: any number.</summary>
    public long TokensPerMinute { get; set; }

    /// <summary>Tokens of the key's requests that may wait, be computed or be answered at once; a request beyond is refused with 429, unless it is alone. Default 0: any number.</summary>
    public long ConcurrentTokens { get; set; }

    /// <summary>The hash of the key; null when none was set. The key itself is not kept.</summary>
    internal byte[]? Hash { get; private set; }

    /// <summary>Whether what was set can be sent in a header.</summary>
    internal bool IsSendable { get; private set; } = true;

    /// <summary>Sets the key. Only its hash is kept.</summary>
    /// <param name="key">The key: characters of ASCII, no white space.</param>
    public void SetKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        IsSendable = CanBeSent(key);
        Hash = HashOf(key);
    }

    /// <summary>Whether a key can be sent in a header as it is.</summary>
    internal static bool CanBeSent(string key) => key.Length > 0 && key.All(character => character is > ' ' and <= '~');

    /// <summary>The form in which keys are kept and compared.</summary>
    internal static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
