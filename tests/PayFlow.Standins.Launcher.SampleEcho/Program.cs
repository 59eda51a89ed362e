using System.Collections;
using System.Globalization;

// Either a job that ends with an exit code, or a service that shows what it was given.
if (Environment.GetEnvironmentVariable("EXIT_CODE") is { } exitCode)
    return int.Parse(exitCode, CultureInfo.InvariantCulture);

var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/health", () => "healthy");
app.MapGet("/environment", () => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value));
app.MapPost("/command", (HttpRequest request) => $"done with {request.Headers["X-Key"]}");
app.Run();
return 0;
