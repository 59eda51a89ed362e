using System.Net;
using System.Text;
using PayFlow.Batch.Reports;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Batch.Batches;

/// <summary>
/// Hands settlement files to acquirers and fetches their reports. The batch id is the key: submitted twice is settled once. The worker tries again, on a
/// schedule that survives a crash; the pipeline adds its time-out and its breaker, so that an acquirer that is away costs no time.
/// </summary>
internal sealed class AcquirerFiles(IHttpClientFactory clients, AcquirerPipelines acquirers)
{
    private static readonly AcquirerCall Call = new();   // the batch id is the key: repeatable

    /// <summary>Returns when the acquirer has accepted the file.</summary>
    /// <exception cref="AcquirerRefusedException">It will not, however often it is asked.</exception>
    /// <exception cref="AcquirerFailedException">It has not, or its answer was lost: submit again under the same key.</exception>
    public async Task SubmitAsync(string acquirer, Id batch, string file, CancellationToken cancel) =>
        await acquirers.For(acquirer).ExecuteAsync(
            async attempt =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"acquirers/{acquirer}/batches") { Content = new StringContent(file, Encoding.UTF8, "text/csv") };
                request.Headers.Add("Batch-Key", batch.ToString());
                using var http = clients.CreateClient("sandbox");
                using var answer = await http.SendAsync(request, attempt);
                if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity)
                {
                    throw new AcquirerRefusedException($"{acquirer} refused the file with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(attempt)}");
                }

                answer.EnsureSuccessStatusCode();
                return true;
            },
            Call, cancel);

    /// <summary>The report as far as it has come; null when there is none yet.</summary>
    /// <exception cref="FormatException">What came is no report.</exception>
    /// <exception cref="AcquirerFailedException">Nothing came.</exception>
    public async Task<SettlementReport?> ReportAsync(string acquirer, Id batch, string currency, CancellationToken cancel) =>
        await acquirers.For(acquirer).ExecuteAsync<SettlementReport?>(
            async attempt =>
            {
                using var http = clients.CreateClient("sandbox");
                using var answer = await http.GetAsync($"acquirers/{acquirer}/batches/{batch}/report", attempt);
                if (answer.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }

                answer.EnsureSuccessStatusCode();
                var isComplete = answer.Headers.TryGetValues("X-Report-Complete", out var values) && values.Contains("true");
                return SettlementReport.Read(await answer.Content.ReadAsStringAsync(attempt), currency, isComplete);
            },
            Call, cancel);
}

/// <summary>An acquirer's no: the same file again gets the same answer.</summary>
internal sealed class AcquirerRefusedException(string message) : Exception(message);
