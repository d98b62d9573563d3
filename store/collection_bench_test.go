package store_test

import (
	"fmt"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
)

// BenchmarkCollectionGet is the hot path of a look-up: point read, then the decoded
// value from the cache or decoding.
func BenchmarkCollectionGet(b *testing.B) {
	d := openDriver(b, model.ClockFunc(time.Now))
	for _, cache := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("cache=%d", cache), func(b *testing.B) {
			files := store.NewCollection(d, store.CollectionOptions[model.SubjectFile]{Name: "subjects", Cache: cache,
				ID: func(f *model.SubjectFile) string { return string(f.ID) }, Rev: func(f *model.SubjectFile) *int64 { return &f.Rev }})
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = fmt.Sprintf("91410200TEST%06d", i)
				file := &model.SubjectFile{ID: model.SubjectID(ids[i]), Kind: model.KindLegalPerson, Name: "开封合成样本有限公司",
					Registration: &model.Registration{LegalRep: "样本", Status: "存续", Address: "开封市示例区示例路一百号", Division: "410202001"}}
				if err := files.Put(b.Context(), file); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := files.Get(b.Context(), ids[i%len(ids)]); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
