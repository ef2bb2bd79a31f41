using AkiDb.Bridge.Native.Border;

namespace AkiDb.Bridge.UnitTests.Native;

public sealed class HandlesTests
{
    private const string Kind = "a thing";

    [Fact]
    public void Handle_finds_its_value_until_it_is_removed_and_is_never_used_again()
    {
        var value = new object();
        var handle = Handles.Add(value);
        Assert.Same(value, Handles.Get<object>(handle, Kind));
        Assert.Same(value, Handles.Remove<object>(handle, Kind));
        Assert.NotEqual(handle, Handles.Add(value));
        ExpectInvalid(() => Handles.Get<object>(handle, Kind));
        ExpectInvalid(() => Handles.Remove<object>(handle, Kind));
    }

    [Fact]
    public void Handle_of_another_kind_is_none()
    {
        var handle = Handles.Add("text");
        ExpectInvalid(() => Handles.Get<Version>(handle, Kind));
        ExpectInvalid(() => Handles.Remove<Version>(handle, Kind));
        ExpectInvalid(() => Handles.Get<object>(0, Kind));
        Assert.Equal("text", Handles.Remove<string>(handle, Kind));
    }

    [Fact]
    public void Of_many_that_remove_at_once_one_succeeds()
    {
        for (var round = 0; round < 100; round++)
        {
            var handle = Handles.Add(new object());
            var removed = 0;
            Parallel.For(0, 8, _ =>
            {
                try
                {
                    Handles.Remove<object>(handle, Kind);
                    Interlocked.Increment(ref removed);
                }
                catch (NativeException)
                {
                }
            });
            Assert.Equal(1, removed);
        }
    }

    private static void ExpectInvalid(Action use) => Assert.Equal(NativeStatus.InvalidHandle, Assert.Throws<NativeException>(use).Failure.Status);
}
