package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"xinyi/audit"
	"xinyi/model"
	"xinyi/policy/grading"
	"xinyi/policy/repair"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/store"
	"xinyi/store/enginetest"
	"xinyi/vault"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, model.Shanghai)

func clock() model.Clock { return model.ClockFunc(func() time.Time { return now }) }

// desk is an importer over a real engine, vault and log.
type desk struct {
	*ingest.Importer
	ctx      context.Context // of the test
	driver   store.Driver
	subjects *store.Subjects
	vault    *vault.Vault
	log      *audit.Log
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	return deskOn(t, enginetest.Open(t, clock()))
}

func deskOn(t testing.TB, driver store.Driver) *desk {
	t.Helper()
	keys, err := vault.Open(t.Context(), vault.NewMaster(), vault.FileRing{Dir: t.TempDir()}, clock(), vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := assemble(t.Context(), driver, nil, keys, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.log.Close(context.Background()) })
	return d
}

// assemble puts a desk together. The importer works on over, which stands on driver,
// nil = driver itself; the log always does.
func assemble(ctx context.Context, driver, over store.Driver, keys *vault.Vault, witnessDir string) (*desk, error) {
	if over == nil {
		over = driver
	}
	if err := store.Ensure(ctx, driver); err != nil {
		return nil, err
	}
	judges, err := grading.Load(grading.Seed())
	if err != nil {
		return nil, err
	}
	display, err := repair.Load(repair.Seed())
	if err != nil {
		return nil, err
	}
	log, err := openLog(ctx, driver, keys, witnessDir)
	if err != nil {
		return nil, err
	}
	subjects := store.NewSubjects(over, 1000)
	return &desk{ctx: ctx, driver: driver, log: log, subjects: subjects, vault: keys, Importer: &ingest.Importer{
		Store: store.NewIngest(subjects), Judge: grading.Files{Book: judges}, Sealer: keys, Display: display,
		Auditor: log, IDs: model.NewIDs(clock()), Clock: clock(), BatchRows: 50,
	}}, nil
}

// close ends log and engine before the test does.
func (d *desk) close() {
	d.log.Close(context.Background())
	d.driver.Close()
}

func openLog(ctx context.Context, driver store.Driver, keys *vault.Vault, witnessDir string) (*audit.Log, error) {
	signer, err := keys.NoteSigner("xinyi")
	if err != nil {
		return nil, err
	}
	verifiers, err := keys.NoteVerifiers("xinyi")
	if err != nil {
		return nil, err
	}
	witness, err := audit.NewFiles(witnessDir)
	if err != nil {
		return nil, err
	}
	return audit.Open(ctx, audit.Options{Storage: store.NewAuditLog(driver), Signer: signer, Verifiers: verifiers,
		Witness: witness, Clock: clock(), Holder: "test", Logger: slog.New(slog.DiscardHandler), Exclusive: true})
}

func district(t testing.TB, cfg synth.Config) string {
	t.Helper()
	d, err := synth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	if err := d.Each(func(row *ingest.Row) error { return enc.Encode(row) }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var small = synth.Config{People: 40, Orgs: 60, PerPerson: 6, Seed: 3, AsOf: "2026-11-01"}

func TestImport_twiceIsOnce(t *testing.T) {
	d := newDesk(t)
	text := district(t, small)
	first, err := d.Import(t.Context(), "one", "district.ndjson", ingest.NewNDJSON(strings.NewReader(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Rejected > 0 || first.Warned > 0 || first.Accepted != strings.Count(text, "\n") {
		t.Fatalf("first: %+v, faults %v", first.Progress, first.Faults)
	}
	again, err := d.Import(t.Context(), "one", "district.ndjson", ingest.NewNDJSON(strings.NewReader(text)), nil)
	if err != nil || again.Rows != 0 || again.Resumed != first.Rows {
		t.Fatalf("the same file again: %+v, %v", again, err)
	}
	// The same rows under another digest are known by their business keys.
	other, err := d.Import(t.Context(), "two", "copy.ndjson", ingest.NewNDJSON(strings.NewReader(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	records := strings.Count(text, "\n") - strings.Count(text, `"kind":"enterprise"`) - strings.Count(text, `"kind":"person"`) - strings.Count(text, `"kind":"rating_stat"`)
	if other.Duplicate != records {
		t.Fatalf("copy: %d duplicates, want %d (%+v)", other.Duplicate, records, other.Faults)
	}
}

// A reader that fails in the middle leaves whole batches; the next run goes on there.
func TestImport_resumes(t *testing.T) {
	text := district(t, small)
	whole, broken := newDesk(t), newDesk(t)
	if _, err := whole.Import(t.Context(), "one", "f", ingest.NewNDJSON(strings.NewReader(text)), nil); err != nil {
		t.Fatal(err)
	}
	cut := io.MultiReader(strings.NewReader(text[:len(text)/2]), errReader{})
	if _, err := broken.Import(t.Context(), "one", "f", ingest.NewNDJSON(cut), nil); !errors.Is(err, errCut) {
		t.Fatalf("got %v, want the reader's error", err)
	}
	res, err := broken.Import(t.Context(), "one", "f", ingest.NewNDJSON(strings.NewReader(text)), nil)
	if err != nil || res.Resumed == 0 || res.Duplicate != 0 {
		t.Fatalf("resumed: %+v, %v", res, err)
	}
	if a, b := counts(t, whole), counts(t, broken); a != b {
		t.Fatalf("broken and resumed holds %d records, whole %d", b, a)
	}
}

var errCut = errors.New("cut")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errCut }

func counts(t *testing.T, d *desk) (n int) {
	t.Helper()
	for after := ""; ; {
		page, err := d.driver.Find(t.Context(), "records", store.Query{Limit: 1000, After: after})
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Docs)
		if after = page.Next; after == "" {
			return n
		}
	}
}

func TestImport_rejectsByCell(t *testing.T) {
	ent := `{"kind":"enterprise","uscc":"91410203MA40AB1C3C","name":"开封样例有限公司"}` + "\n"
	cases := map[string]struct{ row, column, code string }{
		"bad code":             {`{"kind":"permit","uscc":"91410203MA40AB1C3D","title":"t","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "uscc", "check_character"},
		"unknown organisation": {`{"kind":"permit","uscc":"92410203MA9F3K2D7M","title":"t","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "uscc", "unknown_subject"},
		"name of another":      {`{"kind":"permit","uscc":"91410203MA40AB1C3C","name":"别的公司","title":"t","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "name", "name_mismatch"},
		"future":               {`{"kind":"permit","uscc":"91410203MA40AB1C3C","title":"t","authority":"a","source":"s","decisionDate":"2027-01-01"}`, "decisionDate", "future"},
		"no such day":          {`{"kind":"permit","uscc":"91410203MA40AB1C3C","title":"t","authority":"a","source":"s","decisionDate":"2026-02-30"}`, "decisionDate", "date"},
		"missing title":        {`{"kind":"permit","uscc":"91410203MA40AB1C3C","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "title", "missing"},
		"outside catalogue":    {`{"kind":"jaywalking","uscc":"91410203MA40AB1C3C","title":"t","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "kind", "outside_catalogue"},
		"summary penalty":      {`{"kind":"penalty","name":"王沐宸","idNo":"410203190001019990","procedure":"summary","docNo":"顺〔2026〕1号","title":"t","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "procedure", "blocked"},
		"enum":                 {`{"kind":"penalty","uscc":"91410203MA40AB1C3C","severity":"awful","docNo":"顺〔2026〕1号","title":"t","authority":"a","source":"s","decisionDate":"2026-01-01"}`, "severity", "enum"},
		"not json":             {`{"kind":`, "", "json"},
		"unknown key":          {`{"kind":"permit","colour":"red"}`, "", "json"},
		"over total":           {`{"kind":"rating_stat","sector":"grain","scope":"city:410200","period":"2022","subjectLabel":"粮食企业","total":9,"distribution":"A=5;B=5"}`, "distribution", "over_total"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			res, err := d.Import(t.Context(), name, name, ingest.NewNDJSON(strings.NewReader(ent+tc.row+"\n")), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Faults) == 0 || res.Accepted != 1 || res.Rejected != 1 {
				t.Fatalf("got %+v", res)
			}
			if f := res.Faults[0]; f.Line != 2 || f.Column != tc.column || f.Code != tc.code {
				t.Fatalf("got %+v, want %s at %s", f, tc.code, tc.column)
			}
		})
	}
}

func TestImport_personIsSealed(t *testing.T) {
	d := newDesk(t)
	row := `{"kind":"honor","name":"王沐宸","idNo":"410203190001019990","title":"无偿献血","content":"王沐宸同志","category":"blood_donation","authority":"a","source":"s","decisionDate":"2026-01-01"}`
	if res, err := d.Import(t.Context(), "p", "p", ingest.NewNDJSON(strings.NewReader(row)), nil); err != nil || res.Accepted != 1 {
		t.Fatalf("%+v %v", res, err)
	}
	id, err := d.subjects.FindPerson(t.Context(), d.vault.IndexAll(model.IndexCitizenID, "410203190001019990"))
	if err != nil {
		t.Fatal(err)
	}
	recs, err := d.subjects.RecordsOf(t.Context(), id)
	if err != nil || len(recs) != 1 || recs[0].Content != "" || recs[0].Disclosure != model.DisclosureGovShare {
		t.Fatalf("%+v %v", recs, err)
	}
	plain, err := d.vault.Open(model.SealRecord, string(recs[0].ID), recs[0].SealedContent)
	if err != nil || string(plain) != "王沐宸同志" {
		t.Fatalf("%q %v", plain, err)
	}
	f, err := d.subjects.File(t.Context(), id)
	if err != nil || f.Name != "" || f.Summary.Total != 1 {
		t.Fatalf("%+v %v", f, err)
	}
}
