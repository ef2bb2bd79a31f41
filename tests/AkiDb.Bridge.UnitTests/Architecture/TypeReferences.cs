using System.Reflection;
using System.Reflection.Emit;

namespace AkiDb.Bridge.UnitTests.Architecture;

/// <summary>The types of its own assembly that a type knows: its fields and signatures, and whatever its method bodies name.</summary>
internal static class TypeReferences
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    public static IEnumerable<Type> Of(Type type)
    {
        var known = new HashSet<Type>();
        Add(known, type.BaseType);
        foreach (var contract in type.GetInterfaces())
        {
            Add(known, contract);
        }

        foreach (var field in type.GetFields(All))
        {
            Add(known, field.FieldType);
        }

        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            Add(known, (method as MethodInfo)?.ReturnType);
            foreach (var parameter in method.GetParameters())
            {
                Add(known, parameter.ParameterType);
            }

            AddBody(known, method);
        }

        return known.Where(other => other.Assembly == type.Assembly);
    }

    private static void AddBody(HashSet<Type> known, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        foreach (var local in body.LocalVariables)
        {
            Add(known, local.LocalType);
        }

        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var token in Tokens(body.GetILAsByteArray()!))
        {
            switch (method.Module.ResolveMember(token, typeArguments, methodArguments))
            {
                case Type named:
                    Add(known, named);
                    break;
                case FieldInfo field:
                    Add(known, field.DeclaringType);
                    Add(known, field.FieldType);
                    break;
                case MethodBase called:
                    Add(known, called.DeclaringType);
                    Add(known, (called as MethodInfo)?.ReturnType);
                    foreach (var argument in called.IsGenericMethod ? called.GetGenericArguments() : [])
                    {
                        Add(known, argument);
                    }

                    break;
            }
        }
    }

    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (var position = 0; position < code.Length;)
        {
            var value = code[position] == 0xFE ? (short)((0xFE << 8) | code[position + 1]) : code[position];
            position += code[position] == 0xFE ? 2 : 1;
            var operand = OpCodesByValue[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, position);
            }

            position += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, position)),
                _ => 4,
            };
        }
    }

    private static void Add(HashSet<Type> known, Type? type)
    {
        if (type is null || type.IsGenericParameter || !known.Add(type))
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(known, type.GetElementType());
        }

        foreach (var argument in type.GetGenericArguments())
        {
            Add(known, argument);
        }
    }
}
