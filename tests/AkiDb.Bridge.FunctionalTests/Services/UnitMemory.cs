using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Services;

/// <summary>The memory of a service that is installed after this was made.</summary>
/// <remarks>
/// systemd limits it where memory belongs to the hierarchy of version 2. Where it has one of its own, a machine in a container limits nothing: there a group of this
/// machine's holds systemd itself, and so what it starts, until the service is there.
/// </remarks>
internal sealed class UnitMemory : IDisposable
{
    // Little: what any request needs may be the first that is not there.
    private const long Room = 4_000_000;

    // With the hierarchy of version 2 only what the service itself has allocated is known; a worker that shares its weights has allocated more than this.
    private const long Missing = 64_000_000;

    private readonly SystemdMachine machine;
    private readonly MemoryLimit? group;
    private readonly Action giveBack = static () => { };

    public UnitMemory(SystemdMachine machine)
    {
        this.machine = machine;
        if (MemoryLimit.IsVersion1)
        {
            group = MemoryLimit.Create(long.MaxValue);
            giveBack = group.Take(machine.FirstProcess);
        }
    }

    /// <summary>Takes so much that the kernel must end a process, now or at the next request that needs some; false where that is not possible.</summary>
    public async Task<bool> TakeAsync()
    {
        if (group is not null)
        {
            giveBack();
            group.Set(group.HeldBytes + Room);
            return true;
        }

        var held = await machine.ShellAsync(
            """
            group=/sys/fs/cgroup$(systemctl show --value --property=ControlGroup akidb-bridge)
            awk '$1 == "anon" { print $2 }' $group/memory.stat 2>/dev/null || true
            """);
        if (held.Length == 0)
        {
            return false;
        }

        var limit = long.Parse(held, CultureInfo.InvariantCulture) - Missing;
        await machine.ShellAsync($"systemctl set-property --runtime akidb-bridge MemoryMax={limit.ToString(CultureInfo.InvariantCulture)} MemorySwapMax=0");
        return true;
    }

    /// <summary>Lets the service have what it wants again.</summary>
    public async Task GiveAsync()
    {
        if (group is not null)
        {
            group.Set(long.MaxValue);
        }
        else
        {
            await machine.ShellAsync("systemctl set-property --runtime akidb-bridge MemoryMax=infinity");
        }
    }

    /// <summary>The service must be gone.</summary>
    public void Dispose()
    {
        if (group is not null)
        {
            giveBack();
            group.Dispose();
        }
    }
}
