using System.Buffers;
using AkiDb.Bridge.AspNetCore.Streaming;
using MessagePack;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Streaming;

public sealed class MessagePackScanTests
{
    [Fact]
    public void End_is_found_whatever_the_pieces()
    {
        var message = Message();
        foreach (var size in (int[])[1, 2, 3, 7, 64, 1000, message.Length])
        {
            var scan = new MessagePackScan();
            var waiting = new List<byte>();
            for (var at = 0; at < message.Length; at += size)
            {
                // A header that is not complete comes again with what follows it.
                waiting.AddRange(message.AsSpan(at, Math.Min(size, message.Length - at)));
                waiting.RemoveRange(0, scan.Pass([.. waiting]));
                Assert.False(scan.IsBroken);
                Assert.Equal(at + size >= message.Length, scan.IsAtEnd);
            }

            Assert.Empty(waiting);
        }
    }

    [Fact]
    public void Nothing_behind_the_end_is_passed()
    {
        var scan = new MessagePackScan();

        Assert.Equal(Message().Length, scan.Pass([.. Message(), 1, 2, 3]));
        Assert.True(scan.IsAtEnd);
    }

    [Fact]
    public void Byte_that_is_never_used_breaks_it()
    {
        var scan = new MessagePackScan();
        scan.Pass([0x92, 0x01, 0xC1]);

        Assert.True(scan.IsBroken);
        Assert.False(scan.IsAtEnd);
    }

    private static byte[] Message()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(6);
        writer.Write("text");
        writer.Write(new string('x', 300));
        writer.Write("numbers");
        writer.WriteArrayHeader(6);
        writer.Write(1);
        writer.Write(-70_000);
        writer.Write(ulong.MaxValue);
        writer.Write(1.5f);
        writer.Write(2.5);
        writer.Write(200);
        writer.Write("flags");
        writer.WriteArrayHeader(20);
        for (var flag = 0; flag < 20; flag++)
        {
            writer.Write(flag % 2 == 0);
        }

        writer.Write("bin");
        writer.Write(new byte[70_000].AsSpan());
        writer.Write("extension");
        writer.WriteExtensionFormat(new ExtensionResult(5, new ReadOnlySequence<byte>(new byte[16])));
        writer.Write("nothing");
        writer.WriteNil();
        writer.Flush();
        return output.WrittenSpan.ToArray()[..];
    }
}
