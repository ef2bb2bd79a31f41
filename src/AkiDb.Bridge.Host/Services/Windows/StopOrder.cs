namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>What follows an order to stop, by what the service control manager has said to it and how the service is a moment later.</summary>
internal static class StopOrder
{
    /// <summary>What is next.</summary>
    public enum Next
    {
        /// <summary>It stops, or has stopped.</summary>
        Wait,

        /// <summary>It takes orders now, or will in a moment.</summary>
        AskAgain,

        /// <summary>It is still starting, and takes no orders: its process is ended.</summary>
        End,

        /// <summary>The manager does not pass the order on.</summary>
        Fail,
    }

    /// <summary>Decides it.</summary>
    /// <param name="error">What the manager has said; 0 when it has passed the order on.</param>
    /// <param name="state">The service's state since then.</param>
    /// <param name="processId">Its process; 0 when it has none.</param>
    public static Next After(int error, uint state, uint processId)
    {
        if (error == 0 || error == Advapi32.NotActive || state == Advapi32.Stopped || state == Advapi32.StopPending)
        {
            return Next.Wait;
        }

        if (error != Advapi32.CannotAcceptControl)
        {
            return Next.Fail;
        }

        return state == Advapi32.StartPending && processId > 0 ? Next.End : Next.AskAgain;
    }
}
