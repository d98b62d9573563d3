package search

import (
	"hash/maphash"
	"slices"
	"sort"
	"strings"
)

// texts are strings one after the other, whole and without a pointer for each: the collector
// of a server would else look at every one of them in every cycle.
type texts struct {
	all  string
	ends []int
}

func joined(parts []string) texts {
	t := texts{ends: make([]int, len(parts))}
	size := 0
	for i, p := range parts {
		size += len(p)
		t.ends[i] = size
	}
	t.all = strings.Join(parts, "")
	return t
}

// at gives text i, which is none of its own: it keeps all of them.
func (t *texts) at(i uint32) string {
	if i == 0 {
		return t.all[:t.ends[0]]
	}
	return t.all[t.ends[i-1]:t.ends[i]]
}

// docs are the organisations of a segment, in the order in which they came.
type docs struct {
	texts  texts // of each its code, its name, its former names, its former codes
	first  []uint32
	codes  []uint32 // the first of the former codes
	states texts    // what statuses there are
	state  []uint32

	// places finds a code: the organisation + 1 where its hash points to or behind it, 0 = nothing.
	places []uint32
	seed   maphash.Seed

	// Former codes as they are searched, in order, and whose they are.
	former   texts
	formerOf []uint32
}

func newDocs(entries []Entry) docs {
	d := docs{seed: maphash.MakeSeed()}
	var parts, states []string
	numbers := map[string]uint32{}
	for _, e := range entries {
		d.first = append(d.first, uint32(len(parts)))
		parts = append(append(parts, e.USCC, e.Name), e.FormerNames...)
		d.codes = append(d.codes, uint32(len(parts)))
		parts = append(parts, e.FormerCodes...)
		if _, known := numbers[e.Status]; !known {
			numbers[e.Status] = uint32(len(states))
			states = append(states, e.Status)
		}
		d.state = append(d.state, numbers[e.Status])
	}
	d.first = append(d.first, uint32(len(parts)))
	d.texts, d.states = joined(parts), joined(states)
	d.first, d.codes, d.state = slices.Clip(d.first), slices.Clip(d.codes), slices.Clip(d.state)
	d.indexCodes()
	d.indexFormer()
	return d
}

func (d *docs) len() int { return len(d.codes) }

func (d *docs) uscc(i uint32) string { return d.texts.at(d.first[i]) }

func (d *docs) name(i uint32) string { return d.texts.at(d.first[i] + 1) }

func (d *docs) status(i uint32) string { return d.states.at(d.state[i]) }

// formerName gives FormerNames[n].
func (d *docs) formerName(i uint32, n int) string { return d.texts.at(d.first[i] + 2 + uint32(n)) }

func (d *docs) entry(i uint32) Entry {
	e := Entry{USCC: d.uscc(i), Name: d.name(i), Status: d.status(i)}
	for t := d.first[i] + 2; t < d.codes[i]; t++ {
		e.FormerNames = append(e.FormerNames, d.texts.at(t))
	}
	for t := d.codes[i]; t < d.first[i+1]; t++ {
		e.FormerCodes = append(e.FormerCodes, d.texts.at(t))
	}
	return e
}

func (d *docs) indexCodes() {
	size := 4
	for size < 2*d.len() {
		size *= 2
	}
	d.places = make([]uint32, size)
	for i := range d.codes {
		at := d.hash(d.uscc(uint32(i)))
		for d.places[at] != 0 {
			at = (at + 1) & uint32(size-1)
		}
		d.places[at] = uint32(i) + 1
	}
}

func (d *docs) hash(uscc string) uint32 {
	return uint32(maphash.String(d.seed, uscc)) & uint32(len(d.places)-1)
}

// byID gives the organisation with a code.
func (d *docs) byID(uscc string) (doc uint32, ok bool) {
	for at := d.hash(uscc); d.places[at] != 0; at = (at + 1) & uint32(len(d.places)-1) {
		if doc = d.places[at] - 1; d.uscc(doc) == uscc {
			return doc, true
		}
	}
	return 0, false
}

func (d *docs) indexFormer() {
	type former struct {
		code string
		doc  uint32
	}
	var all []former
	for i := range d.codes {
		for t := d.codes[i]; t < d.first[i+1]; t++ {
			if c := foldCode(d.texts.at(t)); c != "" {
				all = append(all, former{c, uint32(i)})
			}
		}
	}
	slices.SortFunc(all, func(a, b former) int {
		if c := strings.Compare(a.code, b.code); c != 0 {
			return c
		}
		return int(a.doc) - int(b.doc)
	})
	all = slices.Compact(all)
	codes := make([]string, len(all))
	d.formerOf = make([]uint32, len(all))
	for i, f := range all {
		codes[i], d.formerOf[i] = f.code, f.doc
	}
	d.former = joined(codes)
}

// byFormer gives the organisations that had a code, each once.
func (d *docs) byFormer(code string) []uint32 {
	n := len(d.formerOf)
	from := sort.Search(n, func(i int) bool { return d.former.at(uint32(i)) >= code })
	to := from
	for to < n && d.former.at(uint32(to)) == code {
		to++
	}
	return d.formerOf[from:to]
}
