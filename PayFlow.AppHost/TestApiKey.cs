using Aspire.Hosting.Publishing;

/// <summary>A key for PayFlow's API, made up for this machine: what it begins with says whose it is (<c>sk_test_</c> a merchant's, <c>ak_</c> an administrator's), then 32 random characters.</summary>
internal sealed class TestApiKey(string prefix) : ParameterDefault
{
    private static readonly GenerateParameterDefault Random = new() { MinLength = 32, Special = false };

    public override string GetDefaultValue() => prefix + Random.GetDefaultValue();

    public override void WriteToManifest(ManifestPublishingContext context) => Random.WriteToManifest(context);
}
