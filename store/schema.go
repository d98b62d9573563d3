package store

import "context"

// byExpiry is the index that sweeping goes by.
var byExpiry = Index{Name: "expiresAt", Fields: []string{"expiresAt"}}

// Ensure declares every collection of the product and its indexes; call it once at
// start, before anything else uses d.
func Ensure(ctx context.Context, d Driver) error {
	plain := []string{collJobs, collRecordKeys, collAliases, collPersonIndex, collListEntries, collRatingStats,
		collImportJobs, collImportFaults, collJudging, collSimulations, collUsage, collRedemptions, collDuplicates, collPassCounters, collBudgets, collBudgetSlices, collBudgetUnits, collAccounts, collAccountLogins, collAccountPersons, collStaff, collStaffNames,
		collClients, collLeases, collQualityCounters, collQualityDeltas, collQualityReports, collQualityHanded, collQualityEntered, collQualityRecount, collAuditEntries, collAuditAccess, collAuditTree, collAuditOrigins}
	for _, coll := range plain {
		if err := d.EnsureIndexes(ctx, coll, nil); err != nil {
			return err
		}
	}
	for _, coll := range []string{collPassClaims, collIdempotency, collRateLeases, collBudgetDone} {
		if err := d.EnsureIndexes(ctx, coll, []Index{byExpiry}); err != nil {
			return err
		}
	}
	for _, indexed := range []map[string][]Index{ageingIndexes(), exchangeIndexes()} {
		for coll, indexes := range indexed {
			if err := d.EnsureIndexes(ctx, coll, indexes); err != nil {
				return err
			}
		}
	}
	for _, some := range []map[string][]Index{commitmentIndexes(), approvalIndexes(), messageIndexes()} {
		for coll, indexes := range some {
			if err := d.EnsureIndexes(ctx, coll, indexes); err != nil {
				return err
			}
		}
	}
	for coll, indexes := range listingIndexes() {
		if err := d.EnsureIndexes(ctx, coll, indexes); err != nil {
			return err
		}
	}
	if err := ensureSubmissions(ctx, d); err != nil {
		return err
	}
	if err := d.EnsureIndexes(ctx, collSearchNames, []Index{FeedIndex}); err != nil {
		return err
	}
	return EnsureSignIns(ctx, d)
}
