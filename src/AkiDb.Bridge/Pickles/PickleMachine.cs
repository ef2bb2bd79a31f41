using System.Buffers.Binary;
using System.Text;

namespace AkiDb.Bridge.Pickles;

/// <summary>Reads one pickle: the few instructions that a table of tensors is made of. Every other one is refused by its number, every other class by its name.</summary>
/// <remarks>
/// Nothing is called and nothing is imported: an instruction that would call something makes a description of a tensor, or nothing. Each takes a bounded time and adds
/// at most one value, so that a hostile file costs no more than its size.
/// </remarks>
internal ref struct PickleMachine(PickleFile file, ReadOnlySpan<byte> code)
{
    private const int MostDimensions = 64;
    private const int LatestProtocol = 5;

    private readonly ReadOnlySpan<byte> code = code;
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int at;

    /// <summary>How many bytes the pickle had.</summary>
    public readonly int Position => at;

    /// <summary>Reads up to the end of the pickle.</summary>
    /// <returns>Its value: a string, a number, a flag, nothing, a list, a tuple, a dictionary, a class or a tensor.</returns>
    public object? Run()
    {
        while (true)
        {
            var instruction = Byte();
            if (instruction == '.')
            {
                return Pop();
            }

            Execute(instruction);
        }
    }

    private void Execute(byte instruction)
    {
        switch (instruction)
        {
            case 0x80:
                if (Byte() > LatestProtocol)
                {
                    throw file.Refuse("its pickle is of a later protocol than is understood");
                }

                break;
            case 0x95:
                // The length of a frame, which only helps whoever reads from a stream.
                Take(8);
                break;
            case (byte)'(':
                stack.Add(PickleMark.Instance);
                break;
            case (byte)'0':
                Pop();
                break;
            case (byte)'2':
                stack.Add(Peek());
                break;
            case (byte)'N':
                stack.Add(null);
                break;
            case 0x88 or 0x89:
                stack.Add(instruction == 0x88);
                break;
            case (byte)'K':
                stack.Add((long)Byte());
                break;
            case (byte)'M':
                stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case (byte)'J':
                stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 0x8A:
                stack.Add(Long(Byte()));
                break;
            case (byte)'G':
                stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case (byte)'X' or (byte)'T':
                stack.Add(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case 0x8C or (byte)'U':
                stack.Add(Text(Byte()));
                break;
            case (byte)'c':
                stack.Add(Global(Line(), Line()));
                break;
            case 0x93:
                var name = Pop() as string;
                stack.Add(Global(Pop() as string ?? "", name ?? ""));
                break;
            default:
                ExecuteOnValues(instruction);
                break;
        }
    }

    private void ExecuteOnValues(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'q':
                memo[Byte()] = Peek();
                break;
            case (byte)'r':
                memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                break;
            case 0x94:
                memo[(uint)memo.Count] = Peek();
                break;
            case (byte)'h':
                stack.Add(Remembered(Byte()));
                break;
            case (byte)'j':
                stack.Add(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case (byte)'}':
                stack.Add(new Dictionary<string, object?>(StringComparer.Ordinal));
                break;
            case (byte)']':
                stack.Add(new List<object?>());
                break;
            case (byte)')':
                stack.Add(Array.Empty<object?>());
                break;
            case (byte)'t':
                stack.Add(PopToMark());
                break;
            case 0x85 or 0x86 or 0x87:
                stack.Add(Pop(instruction - 0x84));
                break;
            case (byte)'a' or (byte)'e':
                var items = instruction == 'a' ? Pop(1) : PopToMark();
                (Peek() as List<object?> ?? throw Damaged()).AddRange(items);
                break;
            case (byte)'s' or (byte)'u':
                SetItems(instruction == 's' ? Pop(2) : PopToMark());
                break;
            case (byte)'Q':
                stack.Add(Storage(Pop()));
                break;
            case (byte)'R':
                var arguments = Pop() as object?[] ?? throw Damaged();
                stack.Add(Call(Pop() as PickleGlobal ?? throw Damaged(), arguments));
                break;
            case (byte)'b':
                // The state of an ordered dictionary: the versions of modules, of no use here.
                Pop();
                _ = Peek() as Dictionary<string, object?> ?? throw Damaged();
                break;
            default:
                throw file.Refuse($"its pickle has the instruction 0x{instruction:X2}, which no table of tensors needs");
        }
    }

    private readonly PickleGlobal Global(string module, string name)
    {
        var global = new PickleGlobal($"{module}.{name}");
        return global.IsUnderstood
            ? global
            : throw file.Refuse($"its pickle names '{PickleFile.Shown(global.Name)}', which no table of tensors needs; what it would do is never run");
    }

    private readonly void SetItems(object?[] items)
    {
        if (Peek() is not Dictionary<string, object?> dictionary || items.Length % 2 != 0)
        {
            throw Damaged();
        }

        for (var index = 0; index < items.Length; index += 2)
        {
            var key = items[index] as string ?? throw file.Refuse("a key in its pickle is no string");
            if (!dictionary.TryAdd(key, items[index + 1]))
            {
                throw file.Refuse($"its pickle holds '{PickleFile.Shown(key)}' twice");
            }
        }
    }

    private readonly PickledStorage Storage(object? id) =>
        id is object?[] { Length: 5 or 6 } parts && parts is ["storage", PickleGlobal { StorageType: { } type }, string key, string, long elements, ..] && elements >= 0
            && (parts.Length == 5 || parts[5] is null)
            ? new PickledStorage(type, key, elements)
            : throw file.Refuse("its pickle refers to a storage in a way that is not understood");

    private readonly object Call(PickleGlobal function, object?[] arguments)
    {
        switch (arguments)
        {
            case [] when function.IsDictionary:
                return new Dictionary<string, object?>(StringComparer.Ordinal);
            case [PickledTensor tensor, bool, ..] when function.IsParameter:
                return tensor;
            case [PickledStorage storage, long start, object?[] shape, object?[] strides, bool, ..] when function.IsTensor && arguments.Length is 6 or 7:
                return Tensor(storage, start, shape, strides);
            default:
                throw file.Refuse($"its pickle calls '{function.Name}' in a way that is not understood");
        }
    }

    private readonly PickledTensor Tensor(PickledStorage storage, long start, object?[] shape, object?[] strides)
    {
        if (shape.Length != strides.Length || shape.Length > MostDimensions || start < 0)
        {
            throw Damaged();
        }

        var tensor = new PickledTensor(storage, start, Numbers(shape), Numbers(strides));
        if (tensor.Shape.Contains(0))
        {
            return tensor;
        }

        Int128 last = start;
        Int128 elements = 1;
        foreach (var (size, stride) in tensor.Shape.Zip(tensor.Strides))
        {
            elements *= size;
            last += (Int128)(size - 1) * stride;
            if (elements > storage.Elements || last >= storage.Elements)
            {
                throw DoesNotFit(tensor);
            }
        }

        return last < storage.Elements ? tensor : throw DoesNotFit(tensor);
    }

    private readonly BridgeException DoesNotFit(PickledTensor tensor) =>
        file.Refuse($"a tensor of the shape [{string.Join(", ", tensor.Shape)}] does not fit its storage of {tensor.Storage.Elements} numbers");

    private readonly long[] Numbers(object?[] values)
    {
        var numbers = new long[values.Length];
        for (var index = 0; index < numbers.Length; index++)
        {
            numbers[index] = values[index] is long and >= 0 and var number ? number : throw Damaged();
        }

        return numbers;
    }

    private readonly object? Remembered(uint place) => memo.TryGetValue(place, out var value) ? value : throw Damaged();

    private readonly object? Peek() => stack.Count > 0 && stack[^1] is not PickleMark ? stack[^1] : throw Damaged();

    private object? Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] Pop(int count)
    {
        var values = new object?[count];
        while (count > 0)
        {
            values[--count] = Pop();
        }

        return values;
    }

    private object?[] PopToMark()
    {
        var mark = stack.LastIndexOf(PickleMark.Instance);
        if (mark < 0)
        {
            throw Damaged();
        }

        var values = stack.GetRange(mark + 1, stack.Count - mark - 1).ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > code.Length - at)
        {
            throw file.Refuse("its pickle is cut off");
        }

        var taken = code.Slice(at, (int)count);
        at += (int)count;
        return taken;
    }

    /// <summary>A whole number of any length; one that no tensor has counts as none.</summary>
    private object Long(byte length)
    {
        var bytes = Take(length);
        if (length > sizeof(long))
        {
            return double.NaN;
        }

        Span<byte> wide = stackalloc byte[sizeof(long)];
        wide.Fill(length > 0 && bytes[^1] > sbyte.MaxValue ? byte.MaxValue : (byte)0);
        bytes.CopyTo(wide);
        return BinaryPrimitives.ReadInt64LittleEndian(wide);
    }

    private string Text(uint length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        var length = code[at..].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw file.Refuse("its pickle is cut off");
        }

        var line = Text((uint)length);
        at++;
        return line;
    }

    private readonly BridgeException Damaged() => file.Refuse("its pickle is damaged");
}
