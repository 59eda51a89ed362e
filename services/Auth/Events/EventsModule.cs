using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;

namespace PayFlow.Auth.Events;

/// <summary>The feed of what happened: list, one, stream.</summary>
public static class EventsModule
{
    private const string TypesParameter = "Only events of these types, separated by commas.";

    public static void AddEvents(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<EventStreamOptions>("Auth:Events");
        var services = builder.Services;
        services.AddSingleton<ListEvents>();
        services.AddSingleton<GetEvent>();
        services.AddSingleton<StreamEvents>();
        services.AddSingleton<LiveFeeds>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveFeeds>());
    }

    public static void MapEvents(this RouteGroupBuilder v1)
    {
        v1.MapGet("/events", (Caller caller, HttpRequest request, ListEvents list, CancellationToken ct) => list.HandleAsync(caller, request, ct))
            .WithName("list_events").WithTags("Events").WithSummary("List what happened, oldest first")
            .WithDescription("The feed of the merchant in the key's mode. It only grows at its end: a reader that asks again with the last id it saw misses nothing. Events are kept for seven "
                + "days; a cursor behind which some were forgotten is answered with 410.")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last event that was seen; left out: from the oldest that is kept.")
            .WithQuery("types", TypesParameter)
            .Produces<PageView<EventView>>();

        v1.MapGet("/events/{id}", (Caller caller, string id, GetEvent get, CancellationToken ct) => get.HandleAsync(caller, id, ct))
            .WithName("get_event").WithTags("Events").WithSummary("Get an event")
            .Produces<EventView>();

        v1.MapGet("/events/stream", (Caller caller, HttpContext http, StreamEvents stream, CancellationToken ct) => stream.HandleAsync(caller, http, ct))
            .WithName("stream_events").WithTags("Events").WithSummary("Hear what happens, as it happens")
            .WithDescription("Server-sent events: `id` is the event's id, `data` the event. A comment comes at least every 15 seconds. A client that comes back with `Last-Event-ID` hears on from there. "
                + "A client that reads too slowly loses the oldest of what waits for it and gets an event named `dropped`, whose data say how many (`count`) and where the list has them: after "
                + "`starting_after`, up to `until`.")
            .WithHeader("Last-Event-ID", "The id of the last event that was seen; left out: from now on.")
            .WithQuery("last_event_id", "The same, for clients that can't send headers.")
            .WithQuery("types", TypesParameter)
            .Produces<string>(StatusCodes.Status200OK, "text/event-stream");
    }
}
