// Package quality holds the quality figures (考核指标) of credit data: their definitions as
// dated data with formula, target and source (rules/*.yaml), and what one record, one
// subject and one submission count for.
//
// A figure is a quotient of sums of counters. Each counter is additive over records and
// subjects, so that a change costs what it touches: Delta gives what a batch changes, and
// the sum of all deltas is what counting everything anew would give. Rates over several
// units are quotients of sums (weighted means), never means of rates.
//
// What neither the records nor the submissions tell (population, trainings, …) is entered
// by the office; a figure that lacks such a number is null and names it.
package quality
