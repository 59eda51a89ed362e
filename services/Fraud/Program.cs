using PayFlow.Fraud;
using PayFlow.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("fraud");
builder.AddFraud();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapFraud();
await app.RunAsync();
