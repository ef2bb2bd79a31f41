using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>
/// Has the web server take its buffers from the pool that everybody shares. Its own pool keeps all that a crowd once needed, 64 KB a connection, and lets go
/// of a twentieth every ten seconds; this one keeps a few a core.
/// </summary>
internal sealed class SharedBlocks : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => MemoryPool<byte>.Shared;
}
