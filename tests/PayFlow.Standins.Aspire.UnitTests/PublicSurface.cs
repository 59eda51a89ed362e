using System.Globalization;
using System.Reflection;

namespace PayFlow.Standins.Aspire.UnitTests;

/// <summary>The public types and members of an assembly, one a line, in a form that can be compared and read.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<string> Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().SelectMany(Lines).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Lines(Type type)
    {
        var kind = type switch { { IsAbstract: true, IsSealed: true } => "static class", { IsSealed: true } => "sealed class", _ => "class" };
        yield return $"{kind} {type.FullName}";
        foreach (var constructor in type.GetConstructors(Declared))
            yield return $"{type.FullName}: new({Parameters(constructor)})";
        foreach (var property in type.GetProperties(Declared))
            yield return $"{type.FullName}: {Name(property.PropertyType)} {property.Name} {{{(property.GetMethod is { IsPublic: true } ? " get;" : "")}{(property.SetMethod is { IsPublic: true } ? " set;" : "")} }}";
        foreach (var method in type.GetMethods(Declared).Where(method => !method.IsSpecialName))
            yield return $"{type.FullName}: {(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}{TypeArguments(method.GetGenericArguments())}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? string.Create(CultureInfo.InvariantCulture, $" = {parameter.DefaultValue ?? "null"}") : "")}"));

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}{TypeArguments(type.GetGenericArguments())}" : type.Name;

    private static string TypeArguments(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";
}
