using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Native.Border;

namespace AkiDb.Bridge.Native.Exports;

/// <summary>What an error has in it beside its sentence, as <c>akidb_bridge.h</c> describes it.</summary>
internal static unsafe class ErrorExports
{
    [UnmanagedCallersOnly(EntryPoint = "akidb_bridge_error_spaces", CallConvs = [typeof(CallConvCdecl)])]
    public static int Spaces(NativeError* error, byte** demanded, byte** served)
    {
        try
        {
            if (error is null || demanded is null || served is null)
            {
                throw NativeException.Null(error is null ? "error" : demanded is null ? "demanded" : "served");
            }

            return NativeError.TryFindSpaces(error, out *demanded, out *served)
                ? (int)NativeStatus.Ok
                : throw new NativeException(NativeStatus.InvalidArgument, "The error is about no spaces.");
        }
        catch (Exception thrown)
        {
            return Failure.Report(null, thrown);
        }
    }
}
