// Package loan answers banks (信易贷): whether an enterprise is on the whitelist today.
// The list is no table: it is the screening rule set (policy/loan) applied to the
// enterprise's file, so that an entry and a removal take effect at once.
package loan
