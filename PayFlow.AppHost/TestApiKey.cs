using Aspire.Hosting.Publishing;

/// <summary>An API key as merchants know them, made up for this machine: <c>sk_test_</c> and 32 random characters.</summary>
internal sealed class TestApiKey : ParameterDefault
{
    private static readonly GenerateParameterDefault Random = new() { MinLength = 32, Special = false };

    public override string GetDefaultValue() => "sk_test_" + Random.GetDefaultValue();

    public override void WriteToManifest(ManifestPublishingContext context) => Random.WriteToManifest(context);
}
