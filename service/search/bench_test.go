package search

import (
	"math/rand/v2"
	"runtime"
	"testing"
)

func BenchmarkBuild60k(b *testing.B) {
	entries := corpus()
	b.ReportAllocs()
	for b.Loop() {
		New().Upsert(entries...)
	}
}

// BenchmarkMemory60k reports what the index of 60,000 names keeps, names included.
func BenchmarkMemory60k(b *testing.B) {
	entries := corpus()
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for b.Loop() {
		before := heap()
		x := New()
		x.Upsert(entries...)
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
		runtime.KeepAlive(x)
	}
}

func BenchmarkUpsertOne(b *testing.B) {
	x := New()
	x.Upsert(corpus()...)
	i := 0
	for b.Loop() {
		x.Upsert(corpus()[i%corpusSize])
		i++
	}
}

// BenchmarkSearch takes each kind of query alone, then all in turn.
func BenchmarkSearch(b *testing.B) {
	x, entries := corpusIndex(), corpus()
	rnd := rand.New(rand.NewPCG(5, 5))
	kinds := []struct {
		name string
		make func(name []rune, code string) string
	}{
		{"code", func(_ []rune, c string) string { return c }},
		{"codeTypo", func(_ []rune, c string) string { return c[:9] + c[10:] }},
		{"name", func(n []rune, _ string) string { return string(n) }},
		{"prefix", func(n []rune, _ string) string { return string(n[:min(len(n), 2+rnd.IntN(8))]) }},
		{"part", func(n []rune, _ string) string { f := rnd.IntN(len(n) - 3); return string(n[f : f+2+rnd.IntN(2)]) }},
		{"one", func(n []rune, _ string) string { return string(n[rnd.IntN(len(n)):][:1]) }},
		{"initials", func(n []rune, _ string) string { return initialsText(n[:min(len(n), 3+rnd.IntN(5))]) }},
		{"initialsPart", func(n []rune, _ string) string { return initialsText(n[2:min(len(n), 6)]) }},
		{"initialsTypo", func(n []rune, _ string) string { return "k" + initialsText(n[2:min(len(n), 7)]) }},
		{"nameTypo", func(n []rune, _ string) string { return edit(rnd, string(n)) }},
		{"partTypo", func(n []rune, _ string) string { return edit(rnd, string(n[:min(len(n), 6+rnd.IntN(3))])) }},
		{"nothing", func(n []rune, _ string) string { return "查无此" + string(n[len(n)-5:]) }},
	}
	var all []string
	for _, k := range kinds {
		qs := make([]string, 512)
		for i := range qs {
			e := entries[rnd.IntN(len(entries))]
			qs[i] = k.make([]rune(e.Name), e.USCC)
		}
		all = append(all, qs...)
		b.Run(k.name, func(b *testing.B) { searchAll(b, x, qs) })
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	b.Run("mixed", func(b *testing.B) { searchAll(b, x, all) })
}

func searchAll(b *testing.B, x *Index, qs []string) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		x.Search(qs[i%len(qs)], 20, Key{})
		i++
	}
}

// initialsText is the first initials of a name.
func initialsText(name []rune) string {
	letters, out := initials{}, []byte(nil)
	for _, r := range name {
		for s := symA; s < symbols; s++ {
			if letters.of(foldRune(r))&(1<<s) != 0 {
				if s < sym0 {
					out = append(out, byte('a'+s-symA))
				} else {
					out = append(out, byte('0'+s-sym0))
				}
				break
			}
		}
	}
	return string(out)
}
