using AkiDb.Bridge.Admission;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

/// <summary>The permits against a simple model: requests of several callers and both lanes come and go in every order.</summary>
public sealed class AdmissionGateModelTests
{
    private const long Max = 1_000;
    private const long BulkShare = 750;

    private static readonly Gen<(int Caller, int Tokens, bool Bulk, bool Comes)[]> Operations = Gen.Select(Gen.Int[0, 3], Gen.Int[1, 400], Gen.Bool, Gen.Bool).Array[1, 60];

    [Fact]
    public void Permits_are_never_more_than_allowed_leave_room_for_the_next_caller_and_all_come_back() => Operations.Sample(
        operations =>
        {
            var ledger = new ResourceLedger(new AdmissionOptions());
            var gate = new AdmissionGate(new AdmissionOptions { MaxTokens = Max }, new FakeTimeProvider());
            var held = new List<(RequestAccount Account, long Tokens, bool Bulk)>();
            foreach (var (caller, tokens, bulk, comes) in operations)
            {
                if (comes)
                {
                    var account = ledger.Open($"{caller}");
                    var priority = bulk ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive;
                    if (gate.TryAdmit(account, tokens, priority, null, TimeSpan.FromMinutes(1)) is null)
                    {
                        held.Add((account, tokens, bulk));
                    }
                }
                else if (held.Count > 0)
                {
                    var gone = tokens % held.Count;
                    held[gone].Account.Dispose();
                    held[gone].Account.Dispose();
                    held.RemoveAt(gone);
                }

                Assert.Equal(held.Sum(each => each.Tokens), gate.Admitted);
                Assert.InRange(gate.Admitted, 0, Max - 1);
                Assert.InRange(held.Where(each => each.Bulk).Sum(each => each.Tokens), 0, BulkShare - 1);
                using var next = ledger.Open("somebody else");
                var left = Max - gate.Admitted;
                Assert.True(left < 2 || gate.TryAdmit(next, left / 2, EmbeddingPriority.Interactive, null, TimeSpan.FromMinutes(1)) is null);
            }

            held.ForEach(each => each.Account.Dispose());
            Assert.Equal(0, gate.Admitted);
        },
        iter: 10_000);
}
