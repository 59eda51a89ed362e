namespace PayFlow.Testing;

/// <summary>Where this repository's files are, seen from a test that runs in its output folder.</summary>
public static class Repository
{
    /// <summary>The folder of PayFlow's <c>global.json</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string Path(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>The assembly that a project builds, in the configuration and framework of the running test.</summary>
    /// <param name="project">The project file below <see cref="Root"/>, for example <c>services/Auth/PayFlow.Auth.csproj</c>.</param>
    /// <exception cref="FileNotFoundException">It is not built: the test project needs a reference to it, with <c>ReferenceOutputAssembly="false"</c> if need be.</exception>
    public static string Assembly(string project)
    {
        // …/bin/Debug/net10.0/
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/', '\\'));
        var path = Path(System.IO.Path.GetDirectoryName(project)!, "bin", framework.Parent!.Name, framework.Name, System.IO.Path.GetFileNameWithoutExtension(project) + ".dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built: {path} is not there.", path);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "global.json")) && Directory.Exists(System.IO.Path.Combine(folder.FullName, "eng", "local")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not inside PayFlow's repository.");
    }
}
