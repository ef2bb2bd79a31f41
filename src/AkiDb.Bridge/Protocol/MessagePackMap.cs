using MessagePack;

namespace AkiDb.Bridge.Protocol;

/// <summary>Writes a map whose members are only known when it is written.</summary>
internal static class MessagePackMap
{
    public static void Write(ref MessagePackWriter writer, List<(string Name, object Value)> members)
    {
        writer.WriteMapHeader(members.Count);
        foreach (var (name, value) in members)
        {
            writer.Write(name);
            WriteValue(ref writer, value);
        }
    }

    private static void WriteValue(ref MessagePackWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                writer.Write(text);
                break;
            case bool flag:
                writer.Write(flag);
                break;
            case int number:
                writer.Write(number);
                break;
            case double number:
                writer.Write(number);
                break;
            case List<(string Name, object Value)> members:
                Write(ref writer, members);
                break;
            case IEnumerable<int> numbers:
                WriteList(ref writer, numbers.Cast<object>());
                break;
            case IEnumerable<object> items:
                WriteList(ref writer, items);
                break;
            default:
                throw new ArgumentException($"A message holds no {value.GetType().Name}.", nameof(value));
        }
    }

    private static void WriteList(ref MessagePackWriter writer, IEnumerable<object> items)
    {
        object[] all = [.. items];
        writer.WriteArrayHeader(all.Length);
        foreach (var item in all)
        {
            WriteValue(ref writer, item);
        }
    }
}
