using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.ServiceDefaults.OpenApi;

/// <summary>The OpenAPI document that a service generates from its endpoints under <c>/v1</c> and <c>/admin/v1</c>.</summary>
public static class ApiDocument
{
    private const string SecurityScheme = "api_key";

    internal static void Add(IHostApplicationBuilder builder, string service) => builder.Services.AddOpenApi("v1", options =>
    {
        options.ShouldInclude = description => description.RelativePath is { } path
            && (path.StartsWith("v1/", StringComparison.Ordinal) || path.StartsWith("admin/v1/", StringComparison.Ordinal));
        options.AddSchemaTransformer((schema, context, _) => Describe(schema, context.JsonTypeInfo));
        options.AddOperationTransformer(DescribeAsync);
        options.AddDocumentTransformer((document, _, _) => Head(document, service));
    });

    /// <summary>
    /// What a reader of the document would miss: operations without name, summary, tag or response schema; bodies without schema or example. Empty when
    /// there is nothing to complain about. For tests.
    /// </summary>
    public static async Task<IReadOnlyList<string>> FaultsAsync(HttpClient service, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(service);
        using var document = JsonDocument.Parse(await service.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), cancellationToken));
        return ApiDocumentFaults.Find(document.RootElement);
    }

    private static Task Head(OpenApiDocument document, string service)
    {
        document.Info = new OpenApiInfo { Title = $"PayFlow {service}", Version = "v1" };
        document.Servers?.Clear();   // what a service hears on is nobody's business: callers go through the gateway
        document.Components ??= new OpenApiComponents();
        document.AddComponent(SecurityScheme, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key: sk_test_… or sk_live_…",
        });
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SecurityScheme, document)] = [] }];
        return Task.CompletedTask;
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (var header in metadata.OfType<HeaderParameter>())
        {
            Add(operation, header.Name, ParameterLocation.Header, header.Required, header.Description);
        }

        foreach (var query in metadata.OfType<QueryParameter>())
        {
            Add(operation, query.Name, ParameterLocation.Query, required: false, query.Description);
        }

        if (metadata.OfType<RequestExample>().LastOrDefault() is { } example && operation.RequestBody?.Content is { } content)
        {
            foreach (var media in content.Values)
            {
                media.Example = JsonNode.Parse(example.Json);
            }
        }

        var problem = await context.GetOrCreateSchemaAsync(typeof(ProblemDocument), parameterDescription: null, cancellationToken);
        context.Document?.AddComponent("Problem", problem);
        operation.Responses ??= [];
        foreach (var (status, when) in new[] { ("4XX", "The request can't be carried out as it is."), ("5XX", "It can't be carried out now.") })
        {
            operation.Responses[status] = new OpenApiResponse
            {
                Description = $"A problem (RFC 9457). {when}",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Problem.ContentType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference("Problem", context.Document) },
                },
            };
        }
    }

    private static void Add(OpenApiOperation operation, string name, ParameterLocation place, bool required, string description) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = place,
            Required = required,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });

    // What the converters of ApiJson make of these types.
    private static Task Describe(OpenApiSchema schema, JsonTypeInfo json)
    {
        // In a request, what may be null may be left out. In answers it is there, as null.
        schema.Required?.ExceptWith(json.Properties.Where(property => property.IsGetNullable).Select(property => property.Name));
        var type = Nullable.GetUnderlyingType(json.Type) ?? json.Type;
        if (type == typeof(Id))
        {
            Text(schema, "A prefixed id, such as pay_01jz3k….");
        }
        else if (type == typeof(Currency))
        {
            Text(schema, "A currency of ISO 4217, such as USD.");
        }
        else if (type == typeof(DateTimeOffset))
        {
            Text(schema, "RFC 3339, UTC.");
            schema.Format = "date-time";
        }
        else if (type == typeof(Money))
        {
            schema.Type = JsonSchemaType.Object;
            schema.Description = "An amount in minor units of its currency: 1500 USD is 15.00.";
            schema.Required = new HashSet<string> { "amount", "currency" };
            schema.Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["amount"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" },
                ["currency"] = new OpenApiSchema { Type = JsonSchemaType.String },
            };
        }

        return Task.CompletedTask;
    }

    private static void Text(OpenApiSchema schema, string description)
    {
        schema.Type = JsonSchemaType.String;
        schema.Description ??= description;
    }
}
