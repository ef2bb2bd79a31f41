using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>A folder that an administrator has made, and that nobody else changes.</summary>
/// <remarks>
/// Who owns a folder may always change its rights, and who may change a folder may put another in the place of one below it. An owner cannot be made up: only
/// administrators give a folder to somebody else. So it is made first and looked at afterwards: nobody can come in between.
/// </remarks>
internal static class AdministratorsFolder
{
    private const string LocalSystem = "S-1-5-18";
    private const string Administrators = "S-1-5-32-544";
    private const string TrustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

    /// <summary>Makes it, or takes it if it is there and an administrator's.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="further">Rights beside those of the system and administrators, as SDDL.</param>
    /// <exception cref="ServiceException">It is there, and somebody else's.</exception>
    [SupportedOSPlatform("windows")]
    public static void Make(string path, string further)
    {
        var rights = $"D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA){further}";
        var security = new DirectorySecurity();
        security.SetSecurityDescriptorSddlForm(rights, AccessControlSections.Access);
        new DirectoryInfo(path).Create(security);
        Require(path);

        // It was there before, with whatever rights it had then; its owner may have been the one administrator who made it.
        security = new DirectorySecurity();
        security.SetSecurityDescriptorSddlForm($"O:BA{rights}", AccessControlSections.Owner | AccessControlSections.Access);
        new DirectoryInfo(path).SetAccessControl(security);
    }

    /// <summary>Checks one that is there.</summary>
    /// <exception cref="ServiceException">It is a link, or somebody else's.</exception>
    [SupportedOSPlatform("windows")]
    public static void Require(string path)
    {
        var folder = new DirectoryInfo(path);
        using var user = WindowsIdentity.GetCurrent();
        var owner = folder.GetAccessControl(AccessControlSections.Owner).GetOwner(typeof(SecurityIdentifier))?.Value;
        if (folder.Attributes.HasFlag(FileAttributes.ReparsePoint) || !IsTrusted(owner, user.User?.Value))
        {
            throw new ServiceException(
                $"'{path}' is a link, or was not made by an administrator (its owner is {owner ?? "nobody"}): whoever made it could change what the service runs. Look at what is in it, remove it, and install the service again.");
        }
    }

    /// <summary>Whether folders of this owner are trusted.</summary>
    /// <param name="owner">The owner's security identifier; null if it has none.</param>
    /// <param name="user">Whoever installs the service, who is an administrator.</param>
    public static bool IsTrusted(string? owner, string? user) => owner is not null && (owner is LocalSystem or Administrators or TrustedInstaller || owner == user);
}
