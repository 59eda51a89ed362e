using PayFlow.Batch;

var builder = WebApplication.CreateBuilder(args);
builder.AddBatch();

var app = builder.Build();
app.UseBatch();
app.Run();
