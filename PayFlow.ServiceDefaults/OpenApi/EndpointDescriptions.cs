using Microsoft.AspNetCore.Builder;

namespace PayFlow.ServiceDefaults.OpenApi;

/// <summary>What the API's document says about an endpoint beyond what its signature does.</summary>
public static class EndpointDescriptions
{
    /// <summary>A request body that works, as JSON: shown by the interactive page and sent by its "Try it".</summary>
    public static TBuilder WithExample<TBuilder>(this TBuilder endpoint, string json) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequestExample(json));

    /// <summary>Documents the required header <c>Idempotency-Key</c>.</summary>
    public static TBuilder RequiresIdempotencyKey<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new HeaderParameter("Idempotency-Key", Required: true, "Made by the client before the first try, and the same on every retry: at most 255 characters."));

    /// <summary>Documents the optional header <c>Idempotency-Key</c> of a request that moves no money.</summary>
    public static TBuilder TakesIdempotencyKey<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new HeaderParameter("Idempotency-Key", Required: false, "Made by the client before the first try, and the same on every retry; without it a request sent twice is done twice."));

    /// <summary>Documents a query parameter that the endpoint reads by <see cref="Requests.RequestQuery"/>.</summary>
    public static TBuilder WithQuery<TBuilder>(this TBuilder endpoint, string name, string description) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new QueryParameter(name, description));

    /// <summary>Documents a header that may be sent.</summary>
    public static TBuilder WithHeader<TBuilder>(this TBuilder endpoint, string name, string description) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new HeaderParameter(name, Required: false, description));
}

internal sealed record RequestExample(string Json);

internal sealed record HeaderParameter(string Name, bool Required, string Description);

internal sealed record QueryParameter(string Name, string Description);
