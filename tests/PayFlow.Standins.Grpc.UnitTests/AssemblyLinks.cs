using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>
/// What a compiled assembly expects of its neighbours: every type and member that it names is looked up the way the runtime does it,
/// and every method is compiled to machine code.
/// </summary>
internal sealed class AssemblyLinks
{
    private readonly Assembly _assembly;
    private readonly MetadataReader _reader;
    private readonly Func<string, bool> _isNeighbour;

    private AssemblyLinks(Assembly assembly, MetadataReader reader, Func<string, bool> isNeighbour)
    {
        _assembly = assembly;
        _reader = reader;
        _isNeighbour = isNeighbour;
    }

    /// <summary>How many types, members and methods were looked at.</summary>
    public int Checked { get; private set; }

    /// <summary>What could not be found, loaded or compiled, each with the runtime's words.</summary>
    public List<string> Broken { get; } = [];

    /// <param name="assembly">The loaded assembly.</param>
    /// <param name="image">The same as a file.</param>
    /// <param name="isNeighbour">Which referenced assemblies to look at, by name.</param>
    public static AssemblyLinks Check(Assembly assembly, byte[] image, Func<string, bool> isNeighbour)
    {
        using var file = new PEReader(new MemoryStream(image));
        var links = new AssemblyLinks(assembly, file.GetMetadataReader(), isNeighbour);
        links.CheckAssemblies();
        links.CheckTypes();
        links.CheckMembers();
        links.CheckMethods();
        return links;
    }

    private void CheckAssemblies()
    {
        foreach (var wanted in _assembly.GetReferencedAssemblies().Where(name => _isNeighbour(name.Name!)))
        {
            Try($"assembly {wanted.FullName}", () =>
            {
                var found = Assembly.Load(wanted).GetName();
                if (found.Version < wanted.Version || !found.GetPublicKeyToken()!.SequenceEqual(wanted.GetPublicKeyToken()!))
                    throw new FileLoadException($"found {found.FullName}");
            });
        }
    }

    private void CheckTypes()
    {
        foreach (var handle in _reader.TypeReferences.Where(handle => IsNeighbour(handle)))
            Try($"type {NameOf(handle)}", () => _assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(handle)));
    }

    private void CheckMembers()
    {
        // Parents may name type parameters of whoever uses them; any class does for a look-up.
        var anything = Enumerable.Repeat(typeof(object), 8).ToArray();
        foreach (var handle in _reader.MemberReferences)
        {
            var member = _reader.GetMemberReference(handle);
            if (TypeOf(member.Parent) is { } type && IsNeighbour(type))
            {
                Try($"member {NameOf(type)}.{_reader.GetString(member.Name)}",
                    () => _assembly.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle), anything, anything));
            }
        }
    }

    private void CheckMethods()
    {
        const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        Type[] types;
        try
        {
            types = _assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException broken)
        {
            Broken.AddRange(broken.LoaderExceptions.Select(exception => $"type {exception?.Message}"));
            types = [.. broken.Types.OfType<Type>()];
        }

        foreach (var type in types.Where(type => !type.IsInterface))
        {
            foreach (var method in type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)))
            {
                var hasNoCode = method.IsAbstract || method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)
                    || method.GetMethodImplementationFlags().HasFlag(MethodImplAttributes.Runtime);
                if (hasNoCode)
                    continue;
                var parameters = type.GetGenericArguments().Concat(method.IsGenericMethodDefinition ? method.GetGenericArguments() : []);
                Try($"method {type.FullName}.{method.Name}", () =>
                    RuntimeHelpers.PrepareMethod(method.MethodHandle, [.. parameters.Select(parameter => Argument(parameter).TypeHandle)]));
            }
        }
    }

    /// <summary>Some type that a type parameter accepts.</summary>
    private static Type Argument(Type parameter) =>
        parameter.GenericParameterAttributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint) ? typeof(int)
        : parameter.GetGenericParameterConstraints().FirstOrDefault(constraint => !constraint.ContainsGenericParameters) ?? typeof(object);

    private void Try(string what, Action lookUp)
    {
        Checked++;
        try
        {
            lookUp();
        }
        catch (Exception exception) when (exception is TypeLoadException or MissingMemberException or FileLoadException or FileNotFoundException
            or BadImageFormatException or ArgumentException or MemberAccessException)
        {
            Broken.Add($"{what}: {exception.Message}");
        }
    }

    private bool IsNeighbour(TypeReferenceHandle handle)
    {
        var scope = _reader.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => IsNeighbour((TypeReferenceHandle)scope),
            HandleKind.AssemblyReference => _isNeighbour(_reader.GetString(_reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name)),
            _ => false,
        };
    }

    /// <summary>The type that a member belongs to; the generic definition of an instantiation; null for this assembly's own.</summary>
    private TypeReferenceHandle? TypeOf(EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference)
            return (TypeReferenceHandle)parent;
        if (parent.Kind != HandleKind.TypeSpecification)
            return null;

        var signature = _reader.GetBlobReader(_reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return null;
        signature.ReadByte();   // class or value type
        var definition = signature.ReadTypeHandle();
        return definition.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)definition : null;
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = _reader.GetTypeReference(handle);
        return $"{_reader.GetString(type.Namespace)}.{_reader.GetString(type.Name)}";
    }
}
