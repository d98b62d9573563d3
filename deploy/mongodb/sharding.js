// Shards the collections of xinyi on a cluster. Run it once against mongos, before any data:
//   mongosh 'mongodb://router.example.org/xinyi' deploy/mongodb/sharding.js
// Every document carries _s, its id up to the first "/": the subject where there is one. So one
// subject's file, records, counters and access log lie on one shard, a batch about one subject is
// a transaction of one shard, and an id lives on one shard only, which keeps _id unique.
// A test compares the two lists with the collections of the program.
const sharded = [
  // by subject
  'subjects', 'records', 'person_index', 'account_persons', 'usage', 'audit_access', 'exchange_feed', 'exchange_sent',
  'messages', 'message_contacts',
  // found by key only
  'record_keys', 'aliases', 'list_entries', 'pass_claims', 'idempotency', 'sessions', 'accounts', 'account_logins',
  'login_attempts', 'login_claims', 'rate_leases', 'budget_units', 'search_names', 'import_jobs', 'import_faults', 'exchange_rows', 'submissions', 'submission_parts',
  'list_cases', 'list_notices', 'retraction_notices', 'joint_tasks',
  'approvals', 'commitments', 'commitment_stats', 'commitment_serials',
  // one site, one unit, one audit origin per shard
  'redemptions', 'redemption_sums', 'duplicate_uses', 'audit_entries', 'quality_reports', 'quality_handed',
];
// Small, or read as a whole: they stay on the primary shard.
const unsharded = ['control', 'staff', 'staff_names', 'clients', 'leases', 'jobs', 'pass_counters', 'benefit_budgets', 'budget_slices', 'budget_slices_done', 'judging', 'benefit_simulations', 'exchange_packages', 'exchange_receipts', 'exchange_state', 'audit_tree', 'audit_origins', 'rating_stats', 'quality_counters', 'quality_deltas', 'quality_entered', 'quality_recount', 'reminder_positions'];

const name = db.getName();
sh.enableSharding(name);
for (const collection of sharded) {
  const result = sh.shardCollection(`${name}.${collection}`, {_s: 'hashed'});
  print(`${collection}: ${result.ok ? 'sharded' : tojson(result)}`);
}
print(`left unsharded: ${unsharded.join(', ')}`);
