using System.Reflection;

namespace PayFlow.Standins.Launcher.IntegrationTests;

/// <summary>A public surface as lines of text, one for each thing that source code can name.</summary>
public static class Surface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(IEnumerable<Type> types) => types.Where(type => type.IsVisible).SelectMany(Of).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Of(Type type)
    {
        var name = Name(type);
        yield return $"{Kind(type)} {name}";
        foreach (var contract in type.GetInterfaces().Where(contract => contract.IsVisible))
            yield return $"{name} is {Name(contract)}";
        foreach (var constructor in type.GetConstructors(Declared).Where(constructor => IsSeen(constructor)))
            yield return $"{name}({Parameters(constructor)})";
        foreach (var method in type.GetMethods(Declared).Where(method => IsSeen(method) && !IsOverride(method)))
            yield return $"{name}.{method.Name}{Arguments(method)}({Parameters(method)}) : {Name(method.ReturnType)}{(method.IsStatic ? " static" : "")}";
        foreach (var field in type.GetFields(Declared).Where(field => field.IsPublic && !field.IsSpecialName))
            yield return type.IsEnum ? $"{name}.{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), null)}" : $"{name}.{field.Name} : {Name(field.FieldType)}";
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static string Kind(Type type) => type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.IsOptional ? "?" : "")}"));

    private static string Arguments(MethodInfo method) => method.IsGenericMethodDefinition
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => string.Join('&', [argument.Name, .. argument.GetGenericParameterConstraints().Select(Name).Order(StringComparer.Ordinal)])))}>" : "";

    private static string Name(Type type) => type switch
    {
        { IsGenericParameter: true } => type.Name,
        { IsByRef: true } => $"{Name(type.GetElementType()!)}&",
        { IsArray: true } => $"{Name(type.GetElementType()!)}[]",
        { IsGenericType: true } => $"{type.GetGenericTypeDefinition().FullName!.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.FullName!,
    };
}
