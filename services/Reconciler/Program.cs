using PayFlow.Reconciler;

var builder = WebApplication.CreateBuilder(args);
builder.AddReconciler();

var app = builder.Build();
app.UseReconciler();
app.Run();
