package synth_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
)

func generate(t *testing.T, cfg synth.Config) []ingest.Row {
	t.Helper()
	d, err := synth.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var rows []ingest.Row
	if err := d.Each(func(row *ingest.Row) error { rows = append(rows, *row); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

var small = synth.Config{People: 300, Orgs: 400, Seed: 7, AsOf: "2026-11-01"}

func TestEach_sameSeedSameDistrict(t *testing.T) {
	first := generate(t, small)
	if !reflect.DeepEqual(first, generate(t, small)) {
		t.Fatal("two generations of one seed differ")
	}
	other := small
	other.Seed++
	if reflect.DeepEqual(first, generate(t, other)) {
		t.Fatal("another seed gives the same district")
	}
	larger := small
	larger.People, larger.Orgs = 310, 401
	big := map[string]bool{}
	for _, row := range generate(t, larger) {
		big[fmt.Sprint(row)] = true
	}
	for _, row := range first {
		if !big[fmt.Sprint(row)] {
			t.Fatalf("a larger district lost the %s row of a smaller one", row.Kind)
		}
	}
}

func TestEach_nobodyIsReal(t *testing.T) {
	names, codes, numbers := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, row := range generate(t, small) {
		switch row.Kind {
		case ingest.KindPerson:
			id, err := model.ParseCitizenID(row.IDNo, small.AsOf)
			if err != nil || !strings.HasPrefix(string(id.Birth()), "1900-") {
				t.Fatalf("number %v of a synthetic person: %v", id, err)
			}
			if numbers[row.IDNo] {
				t.Fatal("two people share a number")
			}
			numbers[row.IDNo] = true
		case ingest.KindEnterprise:
			if _, err := model.ParseUnifiedSocialCreditCode(row.USCC); err != nil {
				t.Fatal(err)
			}
			if codes[row.USCC] || names[row.Name] {
				t.Fatalf("%s or its code stands twice", row.Name)
			}
			codes[row.USCC], names[row.Name] = true, true
		}
	}
}

// The published distributions are those of the vectors, exactly.
func TestEach_publishedDistributions(t *testing.T) {
	f, err := os.Open("testdata/sector_ratings.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, row := range generate(t, synth.Config{AsOf: "2026-11-01"}) {
		total := ""
		if row.Total > 0 {
			total = strconv.Itoa(row.Total)
		}
		got = append(got, []string{row.Sector, row.Scope, row.Period, row.SubjectLabel, total, row.Distribution})
	}
	if len(got) != len(want)-1 {
		t.Fatalf("%d distributions, want %d", len(got), len(want)-1)
	}
	for i, row := range got {
		if !slices.Equal(row, want[i+1]) {
			t.Errorf("distribution %d: got %v, want %v", i, row, want[i+1])
		}
	}
}
