package audit

import (
	"slices"

	"xinyi/model"
)

// appendRun adds an entry to runs in leaf order.
func appendRun(runs []model.AuditRun, gen uint32, seq uint64) []model.AuditRun {
	if n := len(runs); n > 0 && runs[n-1].Gen == gen && runs[n-1].Seq+runs[n-1].Count == seq {
		runs[n-1].Count++
		return runs
	}
	return append(runs, model.AuditRun{Gen: gen, Seq: seq, Count: 1})
}

// insertRun adds a number to runs of one generation in ascending order; a number that
// is there already changes nothing.
func insertRun(runs []model.AuditRun, gen uint32, seq uint64) []model.AuditRun {
	i := len(runs)
	for i > 0 && runs[i-1].Seq > seq {
		i--
	}
	switch {
	case i > 0 && seq < runs[i-1].Seq+runs[i-1].Count:
		return runs
	case i > 0 && seq == runs[i-1].Seq+runs[i-1].Count:
		runs[i-1].Count++
		if i < len(runs) && runs[i].Seq == seq+1 {
			runs[i-1].Count += runs[i].Count
			runs = slices.Delete(runs, i, i+1)
		}
	case i < len(runs) && runs[i].Seq == seq+1:
		runs[i].Seq, runs[i].Count = seq, runs[i].Count+1
	default:
		runs = slices.Insert(runs, i, model.AuditRun{Gen: gen, Seq: seq, Count: 1})
	}
	return runs
}

func inRuns(runs []model.AuditRun, seq uint64) bool {
	for _, r := range runs {
		if seq >= r.Seq && seq-r.Seq < r.Count {
			return true
		}
	}
	return false
}

// settle moves Settled over what is in the tree, and drops what lies below it.
func settle(g *model.AuditGeneration) {
	for len(g.Above) > 0 && g.Above[0].Seq <= g.Settled {
		g.Settled = max(g.Settled, g.Above[0].Seq+g.Above[0].Count)
		g.Above = g.Above[1:]
	}
}
