using PayFlow.Sandbox;
using PayFlow.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("sandbox", options => options.VerifyCallers = false);   // it is called by acquirer adapters, never by merchants
builder.AddSandbox();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapSandbox();
await app.RunAsync();
