using Microsoft.Playwright;

namespace PayFlow.Gateway.IntegrationTests.Support;

/// <summary>A test in a real browser: the machine's Chromium, at CHROMIUM or /usr/bin/chromium. Skipped, and said so, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumFactAttribute : FactAttribute
{
    private static readonly string Chromium = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium";

    public ChromiumFactAttribute()
    {
        if (!File.Exists(Chromium))
        {
            Skip = $"There is no Chromium at {Chromium}: install it, or set CHROMIUM.";
        }
    }

    public static BrowserTypeLaunchOptions Options => new()
    {
        ExecutablePath = Chromium,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    };
}
