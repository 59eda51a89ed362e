using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PayFlow.SystemTests.Running;
using PayFlow.Testing;

namespace PayFlow.SystemTests.Documentation;

/// <summary>docs/integrate.md, as a reader would follow it: every command, in order, in one shell.</summary>
[Collection(OneSystem.Name)]
public sealed partial class GuideTests(SharedSystem shared)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Guide_EveryCommand_DoesWhatItSays()
    {
        var blocks = Block().Matches(await File.ReadAllTextAsync(Repository.Path("docs", "integrate.md")))
            .Select(block => (Command: block.Groups["command"].Value, Expected: block.Groups["expected"].Value)).ToList();
        Assert.True(blocks.Count(block => block.Expected.Length > 0) >= 10, "The guide says too little of what is to be seen.");

        // What each block writes stands between two lines of our own.
        var script = new StringBuilder("set -uo pipefail\n");
        for (var i = 0; i < blocks.Count; i++)
        {
            script.Append(blocks[i].Command).Append(System.Globalization.CultureInfo.InvariantCulture, $"\nprintf '\\n---- block {i}\\n'\n");
        }

        var outputs = (await RunAsync(script.ToString())).Split("\n---- block ");
        Assert.Equal(blocks.Count + 1, outputs.Length);
        for (var i = 0; i < blocks.Count; i++)
        {
            Assert.True(outputs[i].Contains(blocks[i].Expected, StringComparison.Ordinal), $"{blocks[i].Command}\nwrote\n{outputs[i]}\nwithout\n{blocks[i].Expected}");
        }
    }

    private async Task<string> RunAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-s"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PAYFLOW_URL"] = shared.System.Addresses.Gateway.AbsoluteUri.TrimEnd('/');
        start.Environment["PAYFLOW_API_KEY"] = shared.System.Addresses.ApiKey;
        using var bash = Process.Start(start)!;
        var output = bash.StandardOutput.ReadToEndAsync();
        var errors = bash.StandardError.ReadToEndAsync();
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        await bash.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal("", await errors);
        return await output;
    }

    [GeneratedRegex(@"^```bash\n(?<command>.*?)\n```(\n<!-- expect: (?<expected>.*?) -->)?", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
