// Package summary computes what a look-up shows of a subject's records: counts by
// report section, lists, ratings, adverse facts, the judgement, and the first instant
// at which time alone would change any of it. Pure: records × day → summary.
package summary
