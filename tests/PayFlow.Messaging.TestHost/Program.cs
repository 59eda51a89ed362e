using PayFlow.Messaging.TestHost;

await WebApplication.CreateBuilder(args).BuildTestHost().RunAsync();
