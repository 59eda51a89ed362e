using PayFlow.Gateway;
using PayFlow.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("gateway", options =>
{
    options.VerifyCallers = false;     // here they are still merchants with an API key
    options.ServeApiDocument = false;  // but all services' documents, merged
});
builder.AddGateway();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapGateway();
app.Run();
