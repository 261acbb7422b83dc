using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Quorate.Architecture.Tests;

/// <summary>What the compiled assemblies of this build refer to.</summary>
internal static class Assemblies
{
    /// <summary>Those that run in simulation: the list in Directory.Build.props, as far as built.</summary>
    public static readonly string[] Pure = ReadPure();

    public static string PathOf(string project) => Path.Combine(AppContext.BaseDirectory, $"{project}.dll");

    /// <summary>Every type outside Quorate that the assembly names anywhere: in code, signatures, attributes or bases.</summary>
    public static string[] TypesNamedBy(string project)
    {
        using var file = new PEReader(File.OpenRead(PathOf(project)));
        MetadataReader metadata = file.GetMetadataReader();
        return
        [
            .. metadata.TypeReferences.Select(h => NameOf(metadata, h))
                .Where(n => !n.StartsWith("Quorate.", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Members of generic and other outside types that the assembly uses, as <c>Type.Member</c>.</summary>
    public static string[] MembersUsedBy(string project)
    {
        using var file = new PEReader(File.OpenRead(PathOf(project)));
        MetadataReader metadata = file.GetMetadataReader();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            if (ParentOf(metadata, member.Parent) is { } parent)
                names.Add($"{parent}.{metadata.GetString(member.Name)}");
        }

        return [.. names];
    }

    private static string? ParentOf(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference)
            return NameOf(metadata, (TypeReferenceHandle)parent);
        if (parent.Kind != HandleKind.TypeSpecification)
            return null;

        // GENERICINST (0x15), CLASS or VALUETYPE, then the generic type (ECMA-335 II.23.2.12, II.23.2.14).
        BlobReader signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (signature.ReadByte() != (byte)SignatureTypeCode.GenericTypeInstance)
            return null;
        signature.ReadByte();
        EntityHandle generic = signature.ReadTypeHandle();
        return generic.Kind == HandleKind.TypeReference ? NameOf(metadata, (TypeReferenceHandle)generic) : null;
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        string name = metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return $"{NameOf(metadata, (TypeReferenceHandle)type.ResolutionScope)}.{name}";
        string space = metadata.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    private static string[] ReadPure()
    {
        string list = System.Xml.Linq.XDocument.Load(Repository.Absolute("Directory.Build.props"))
            .Descendants("PureProjects").Single().Value;
        return [.. list.Split(';', StringSplitOptions.RemoveEmptyEntries).Where(p => File.Exists(PathOf(p)))];
    }
}
