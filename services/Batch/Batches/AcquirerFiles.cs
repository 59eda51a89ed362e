using System.Net;
using System.Text;
using PayFlow.Batch.Reports;
using PayFlow.Kernel;

namespace PayFlow.Batch.Batches;

/// <summary>Hands settlement files to acquirers and fetches their reports. The batch id is the key: submitted twice is settled once.</summary>
internal sealed class AcquirerFiles(IHttpClientFactory clients)
{
    /// <summary>Returns when the acquirer has accepted the file.</summary>
    /// <exception cref="HttpRequestException">It has not, or its answer was lost: submit again under the same key.</exception>
    public async Task SubmitAsync(string acquirer, Id batch, string file, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"acquirers/{acquirer}/batches");
        request.Content = new StringContent(file, Encoding.UTF8, "text/csv");
        request.Headers.Add("Batch-Key", batch.ToString());
        using var http = clients.CreateClient("sandbox");
        using var answer = await http.SendAsync(request, cancel);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>The report as far as it has come; null when there is none yet.</summary>
    /// <exception cref="FormatException">What came is no report.</exception>
    public async Task<SettlementReport?> ReportAsync(string acquirer, Id batch, string currency, CancellationToken cancel)
    {
        using var http = clients.CreateClient("sandbox");
        using var answer = await http.GetAsync($"acquirers/{acquirer}/batches/{batch}/report", cancel);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        answer.EnsureSuccessStatusCode();
        var isComplete = answer.Headers.TryGetValues("X-Report-Complete", out var values) && values.Contains("true");
        return SettlementReport.Read(await answer.Content.ReadAsStringAsync(cancel), currency, isComplete);
    }
}
