using PayFlow.Fraud;
using PayFlow.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("fraud", options => options.VerifyCallers = false);   // services call it, never merchants
builder.AddFraud();

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapFraud();
await app.RunAsync();
