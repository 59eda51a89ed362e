// A test process that starts a server and is then killed (ProcessStarterTests).
using PayFlow.Testing;

var redis = await RedisServer.StartNewAsync();
Console.WriteLine($"Redis listens on {redis.Port}");
await Task.Delay(Timeout.Infinite);
