using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace PayFlow.Gateway.Documentation;

/// <summary><c>/openapi/v1.json</c> and the interactive page <c>/docs</c>, which loads nothing from anywhere else.</summary>
internal static class DocumentationEndpoints
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapDocumentation(this WebApplication app)
    {
        app.MapGet("/openapi/v1.json", async (ApiDocuments documents, CancellationToken cancellationToken) =>
            Results.Bytes(await documents.GetAsync(cancellationToken), "application/json"));
        MapFile(app, "/docs", "page.html", "text/html; charset=utf-8");
        MapFile(app, "/docs/page.js", "page.js", "text/javascript; charset=utf-8");
        MapFile(app, "/docs/page.css", "page.css", "text/css; charset=utf-8");
        MapFile(app, "/docs/icon.svg", "icon.svg", "image/svg+xml");
        app.MapGet("/", () => Results.Redirect("/docs"));
    }

    private static void MapFile(WebApplication app, string path, string file, string contentType)
    {
        var bytes = Read(file);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        app.MapGet(path, (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.CacheControl = "no-cache";   // asked for again each time, answered by 304
            response.Headers["Referrer-Policy"] = "no-referrer";
            return Results.Bytes(bytes, contentType, entityTag: tag);
        });
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(DocumentationEndpoints).Assembly.GetManifestResourceStream($"docs/{file}")
            ?? throw new InvalidOperationException($"The page's {file} is not in the assembly.");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
