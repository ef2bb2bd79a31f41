using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>
/// Has the web server take its buffers from the pool that everybody shares. Its own pool keeps all that a crowd once needed, 64 KB a connection, and lets go
/// of a twentieth every ten seconds; this one keeps a few a core.
/// </summary>
internal sealed class SharedBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    // What the web server's own pool gives out, whatever it is asked for.
    private const int BlockBytes = 4096;

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockBytes;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <summary>A block. The web server asks for nothing at all and writes into what it gets: the shared pool would take it at its word.</summary>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(BlockBytes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Each connection's server may end, and the pool is everybody's.
    }
}
