namespace PayFlow.ArchitectureTests;

/// <summary>The files of the repository by their paths from the root, with slashes; or a few made up ones, to see a rule fail.</summary>
internal sealed record SourceTree(IReadOnlyDictionary<string, string> Files)
{
    private static readonly string[] Skipped = ["bin", "obj", "node_modules", "TestResults"];
    private static readonly string[] Kinds = [".cs", ".csproj", ".sql"];

    public static SourceTree Repository { get; } = Read(PayFlow.Testing.Repository.Root);

    public static SourceTree Of(string path, string text) => new(new Dictionary<string, string> { [path] = text });

    public IEnumerable<(string Path, string Text)> Where(string prefix, string suffix) => Files
        .Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal) && file.Key.EndsWith(suffix, StringComparison.Ordinal))
        .Select(file => (file.Key, file.Value));

    private static SourceTree Read(string root)
    {
        var files = new Dictionary<string, string>();
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out var folder))
        {
            foreach (var child in Directory.EnumerateDirectories(folder).Where(child => !Skipped.Contains(Path.GetFileName(child)) && Path.GetFileName(child)[0] != '.'))
                folders.Push(child);
            foreach (var file in Directory.EnumerateFiles(folder).Where(file => Kinds.Contains(Path.GetExtension(file))))
                files[Path.GetRelativePath(root, file).Replace('\\', '/')] = File.ReadAllText(file);
        }

        return new SourceTree(files);
    }
}
