package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/store"
	"xinyi/store/embedded"
	"xinyi/vault"
)

// TestImport_anyWayIsOneWay: whatever the size of batches and wherever the import dies,
// going on until it is done leaves what one undisturbed run in one batch leaves.
func TestImport_anyWayIsOneWay(t *testing.T) {
	keys, err := vault.Open(t.Context(), vault.NewMaster(), vault.FileRing{Dir: t.TempDir()}, clock(), vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	witness := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(line(), 1, 60).Draw(t, "lines"), "\n")
		clean := memoryDesk(t, keys, witness, func(d store.Driver) store.Driver { return d })
		defer clean.close()
		clean.BatchRows = 1000
		run(t, clean, text)

		killer := &killer{}
		rough := memoryDesk(t, keys, witness, func(d store.Driver) store.Driver { killer.Driver = d; return killer })
		defer rough.close()
		for again := true; again; {
			rough.BatchRows = rapid.IntRange(1, 25).Draw(t, "batch rows")
			killer.left.Store(int64(rapid.IntRange(1, 6).Draw(t, "batches until death")))
			killer.late.Store(rapid.Bool().Draw(t, "dies after the write"))
			_, err := rough.Import(rough.ctx, "job", "f", ingest.NewNDJSON(strings.NewReader(text)), nil)
			if again = errors.Is(err, errKilled); err != nil && !again {
				t.Fatal(err)
			}
		}
		killer.left.Store(1 << 40)
		if d := differ(rough.state(t), clean.state(t)); d != "" {
			t.Fatal(d)
		}
		// The same rows in another file may be accepted where they came too early; a fact
		// has one record all the same.
		if _, err := rough.Import(rough.ctx, "other", "g", ingest.NewNDJSON(strings.NewReader(text)), nil); err != nil {
			t.Fatal(err)
		}
		if records, keys := count(rough.state(t), "records "), count(rough.state(t), "record_keys "); records != keys {
			t.Fatalf("%d records of %d facts", records, keys)
		}
	})
}

func count(state []string, prefix string) (n int) {
	for _, s := range state {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

func run(t fataler, d *desk, text string) {
	if _, err := d.Import(d.ctx, "job", "f", ingest.NewNDJSON(strings.NewReader(text)), nil); err != nil {
		t.Fatal(err)
	}
}

var errKilled = errors.New("killed")

// killer fails batches of an import as a dying process would: before the write or
// after it.
type killer struct {
	store.Driver
	left atomic.Int64
	late atomic.Bool
}

func (k *killer) Apply(ctx context.Context, ops []store.Op) error {
	if k.left.Add(-1) >= 0 {
		return k.Driver.Apply(ctx, ops)
	}
	if k.late.Load() {
		if err := k.Driver.Apply(ctx, ops); err != nil {
			return err
		}
	}
	return errKilled
}

// memoryDesk is a desk on a file system in memory; wrap stands between importer and engine.
func memoryDesk(t *rapid.T, keys *vault.Vault, witness string, wrap func(store.Driver) store.Driver) *desk {
	driver, err := embedded.Open("data", embedded.Options{Clock: clock(), FS: vfs.NewMem(), CacheBytes: 1 << 20, MemTableBytes: 1 << 20, SyncGap: -1})
	if err != nil {
		t.Fatal(err)
	}
	d, err := assemble(context.Background(), driver, wrap(driver), keys, witness)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A small world in which rows meet often: organisations that rename, take over each
// other's codes and registration numbers, persons with one number and two names.
var (
	worldCodes = []string{"91410203MA40AB1C3C", "92410203MA9F3K2D7M", "11410203005412346P", "52410203MJF987657E"}
	worldReg   = []string{"410203100000015", "410203100000023"}
	worldIDs   = []string{"410203190001019990", "410503190001019997", "410425190001019981"}
)

func line() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 19).Draw(t, "spoilt") == 0 {
			return rapid.SampledFrom([]string{`{"kind":`, `{"colour":1}`, "", `{"kind":"permit"}`, "\xff"}).Draw(t, "text")
		}
		text, err := json.Marshal(row(t))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
}

func row(t *rapid.T) *ingest.Row {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	r := &ingest.Row{}
	if rapid.Bool().Draw(t, "organisation") {
		r.USCC, r.Name = pick("uscc", worldCodes...), pick("name", "", "甲公司", "乙公司")
	} else {
		r.IDNo, r.Name = pick("idNo", worldIDs...), pick("person", "王沐宸", "王沐宸", "李若汐")
	}
	switch kind := pick("kind", "subject", "subject", "rating_stat", "consent", "permit", "penalty", "list_entry", "rating", "honor"); kind {
	case "subject":
		if r.IDNo != "" {
			r.Kind, r.LevelOptIn = ingest.KindPerson, rapid.Bool().Draw(t, "opt in")
			break
		}
		r.Kind, r.Status = ingest.KindEnterprise, pick("status", "存续", "注销")
		r.FormerCodes = pick("former", append(worldCodes, "", "", worldReg[0])...)
		r.RegNo = pick("regNo", "", "", worldReg[0], worldReg[1])
	case "rating_stat":
		*r = ingest.Row{Kind: kind, Sector: "grain", Scope: "city:410200", Period: pick("period", "2021", "2022"), SubjectLabel: "粮食企业",
			Distribution: fmt.Sprintf("A=%d", rapid.IntRange(1, 3).Draw(t, "count"))}
	case "consent":
		r.Kind, r.Recipient, r.Purpose = kind, worldCodes[2], string(model.PurposeBankAssess)
		r.DecisionDate, r.ValidTo = "2026-01-01", pick("until", "2027-01-01", "2028-01-01")
	default:
		r.Kind, r.Title, r.Authority, r.Source = kind, "事项", "某局", "某局"
		r.DecisionDate, r.Content = pick("day", "2026-01-01", "2026-02-01", "2020-02-30"), pick("content", "", "内容")
		r.DocNo = pick("docNo", "", "顺〔2026〕1号", "顺[2026]1号", "顺〔2026〕2号")
		r.List, r.LegalBasis = pick("list", "", "honor", "abnormal"), "条例第一条"
		r.Sector, r.Grade, r.Finality = "tax", pick("grade", "A", "B"), "final"
	}
	return r
}
