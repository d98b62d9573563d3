package grading

// changes gives the first day on which the judgement would differ (0: never, as far as
// time alone goes). Days on which something might change are tried one after another:
// under a full cap, for instance, a record may age without any effect.
func (s *scoring) changes(f *Facts, now *tally, successor day) day {
	next := now.next
	for step := 0; next != 0 && step < maxSteps && (successor == 0 || next < successor); step++ {
		then := s.tally(f, next)
		if !s.same(now, &then) {
			break
		}
		next = then.next
	}
	return first(next, successor)
}

// same reports whether two tallies of the same facts are written out the same.
func (s *scoring) same(a, b *tally) bool {
	if len(a.hits) != len(b.hits) || len(a.ceilings) != len(b.ceilings) {
		return false
	}
	for i, c := range a.ceilings {
		if c != b.ceilings[i] {
			return false
		}
	}
	for i := range a.hits {
		if a.hits[i].rule != b.hits[i].rule || a.hits[i].rec != b.hits[i].rec {
			return false
		}
	}
	at := 0
	for run := range runs(a.hits) {
		it := &s.file.Items[run[0].rule]
		if it.sum(run) != it.sum(b.hits[at:at+len(run)]) {
			return false
		}
		at += len(run)
	}
	return true
}
