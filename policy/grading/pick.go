package grading

import (
	"cmp"
	"slices"
	"strings"
)

// pick adds to hits what counts of the records that stand for one another: the ratings of
// one sector, the certificates of one honour.
func (s *scoring) pick(f *Facts, hits, grouped []hit) []hit {
	if len(grouped) == 0 {
		return hits
	}
	slices.SortFunc(grouped, func(a, b hit) int {
		if a.rule != b.rule {
			return cmp.Compare(a.rule, b.rule)
		}
		if c := strings.Compare(s.group(f, a), s.group(f, b)); c != 0 {
			return c
		}
		return f.newestFirst(a, b)
	})
	for start := 0; start < len(grouped); {
		end := start + 1
		for end < len(grouped) && grouped[end].rule == grouped[start].rule && s.group(f, grouped[end]) == s.group(f, grouped[start]) {
			end++
		}
		chosen := grouped[start]
		if s.file.Items[chosen.rule].Pick == pickBest {
			chosen = best(grouped[start:end])
		} else {
			chosen = f.latest(grouped[start:end])
		}
		if chosen.points != 0 {
			hits = append(hits, chosen)
		}
		start = end
	}
	return hits
}

func (s *scoring) group(f *Facts, h hit) string {
	if s.file.Items[h.rule].Pick == pickBest {
		return f.Records[h.rec].Title
	}
	return f.Records[h.rec].Sector
}

// newestFirst orders as the summary of a file does: decision date, period, id.
func (f *Facts) newestFirst(a, b hit) int {
	x, y := f.Records[a.rec], f.Records[b.rec]
	return cmp.Or(strings.Compare(string(y.DecisionDate), string(x.DecisionDate)), strings.Compare(y.Period, x.Period),
		strings.Compare(string(y.ID), string(x.ID)))
}

func best(group []hit) hit {
	top := group[0]
	for _, h := range group[1:] {
		if h.points > top.points {
			top = h
		}
	}
	return top
}

// latest gives the newest rating. A disputed one counts nothing for the worse, and while
// it is disputed a better one before it counts instead, so that a dispute never costs.
func (f *Facts) latest(group []hit) hit {
	n := 0
	for ; f.Records[group[n].rec].Disputed; n++ {
		group[n].points = max(group[n].points, 0)
		if n == len(group)-1 {
			break
		}
	}
	return best(group[:n+1])
}
