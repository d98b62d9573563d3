package embedded

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fileBody is about as large as a subject's file.
func fileBody(b testing.TB, id string) bson.Raw {
	noise := make([]byte, 300)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	return body(b, id, "kind", "legal_person", "name", "开封市合成样本有限公司", "unit", fmt.Sprintf("u%d", rand.IntN(50)),
		"identity", noise, "counts", bson.D{{Key: "permits", Value: int32(3)}, {Key: "penalties", Value: int32(0)}},
		"address", "河南省开封市示例区示例路一百号", "n", int64(rand.IntN(1000)))
}

func subjectID(i int) string { return fmt.Sprintf("p_%026d", uint64(i)*0x9E3779B97F4A7C15) }

func fill(b *testing.B, d *Driver, n int) {
	b.Helper()
	for i := 0; i < n; i += 1000 {
		var ops []store.Op
		for j := i; j < min(n, i+1000); j++ {
			ops = append(ops, store.Op{Kind: store.OpInsert, Coll: "subjects", ID: subjectID(j), Body: fileBody(b, subjectID(j))})
		}
		if err := d.Apply(b.Context(), ops); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	const docs = 200_000
	for _, c := range []struct {
		name  string
		cache int64
		hot   int
	}{{"hot", 256 << 20, 1000}, {"cached", 512 << 20, docs}, {"cold", 1 << 20, docs}} {
		b.Run(c.name, func(b *testing.B) {
			dir := b.TempDir()
			d := open(b, dir, Options{CacheBytes: c.cache})
			fill(b, d, docs)
			if err := d.db.Flush(); err != nil {
				b.Fatal(err)
			}
			if err := d.db.Compact(b.Context(), []byte{0}, []byte{0xFF}, true); err != nil {
				b.Fatal(err)
			}
			for i := range docs {
				if _, err := d.Get(b.Context(), "subjects", subjectID(i)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			ids := make([]string, 1<<16)
			for i := range ids {
				ids[i] = subjectID(rand.IntN(c.hot))
			}
			i := 0
			for b.Loop() {
				if _, err := d.Get(b.Context(), "subjects", ids[i&(1<<16-1)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
	b.Run("absent", func(b *testing.B) {
		d := open(b, b.TempDir(), Options{})
		fill(b, d, docs)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = d.Get(b.Context(), "subjects", "p_nobody")
		}
	})
}

// BenchmarkApply is the group commit: many writers, each its own durable batch.
func BenchmarkApply(b *testing.B) {
	for _, writers := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d := open(b, b.TempDir(), Options{})
			before := d.Stats()
			var next atomic.Int64
			b.SetParallelism(max(1, writers/2)) // two processors
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					id := subjectID(int(next.Add(1)))
					op := store.Op{Kind: store.OpInsert, Coll: "subjects", ID: id, Body: fileBody(b, id)}
					if err := d.Apply(b.Context(), []store.Op{op}); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.StopTimer()
			after := d.Stats()
			b.ReportMetric(float64(after["walSyncs"]-before["walSyncs"])/float64(b.N), "walSyncs/op")
			b.ReportMetric(float64(after["syncs"]-before["syncs"])/float64(b.N), "syncs/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
		})
	}
}

// BenchmarkBulk loads batches of a thousand with three index entries each, two in flight.
func BenchmarkBulk(b *testing.B) {
	for _, indexes := range []int{0, 3} {
		b.Run(fmt.Sprintf("indexes=%d", indexes), func(b *testing.B) {
			d := open(b, b.TempDir(), Options{})
			list := []store.Index{{Name: "unit", Fields: []string{"unit", "n"}}, {Name: "name", Fields: []string{"name"}}, store.FeedIndex}
			if err := d.EnsureIndexes(b.Context(), "subjects", list[:indexes]); err != nil {
				b.Fatal(err)
			}
			bodies := make([]store.Op, 1000)
			var batch atomic.Int64
			for i := range bodies {
				bodies[i].Body = fileBody(b, subjectID(i))
			}
			b.ResetTimer()
			b.SetParallelism(2)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					n := int(batch.Add(1)) * 1000
					ops := make([]store.Op, 1000)
					for i := range ops {
						id := subjectID(n + i)
						raw := append(bson.Raw(nil), bodies[i].Body...)
						copy(raw[13:], id) // after length, type, "_id" NUL and the string's length
						ops[i] = store.Op{Kind: store.OpInsert, Coll: "subjects", ID: id, Body: raw}
					}
					if err := d.Apply(b.Context(), ops); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "docs/s")
		})
	}
}

// BenchmarkPage reads 20 documents that are kept together, and 20 through an index.
func BenchmarkPage(b *testing.B) {
	d := open(b, b.TempDir(), Options{CacheBytes: 512 << 20})
	if err := d.EnsureIndexes(b.Context(), "subjects", []store.Index{{Name: "unit", Fields: []string{"unit", "n"}}}); err != nil {
		b.Fatal(err)
	}
	fill(b, d, 100_000)
	for name, q := range map[string]store.Query{
		"by id":    {From: subjectID(77), Limit: 20},
		"by index": {Index: "unit", Equal: []any{"u7"}, From: int64(500), Limit: 20},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if page, err := d.Find(b.Context(), "subjects", q); err != nil || len(page.Docs) != 20 {
					b.Fatal(len(page.Docs), err)
				}
			}
		})
	}
}
