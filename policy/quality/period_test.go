package quality_test

import (
	"testing"

	"xinyi/model"
	"xinyi/policy/quality"
)

// FuzzParsePeriod: a period that is read is written as it was, and the one before it ends
// where it begins.
func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"2026-11", "2026Q4", "2026", "2000-01", "2000Q1", "2099-12", "2026-13", "2026Q5", "2026-1", "", "２０２６"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := quality.ParsePeriod(text)
		if err != nil {
			if !model.Is(err, model.CodeInvalidRequest) {
				t.Fatal(err)
			}
			return
		}
		months, before := p.Months(), p.Before()
		if p.Text != text || len(months) == 0 || months[0] != p.First || months[len(months)-1] != p.Last {
			t.Fatalf("%q is %+v, %v", text, p, months)
		}
		if was := before.Months(); len(was) != len(months) || before.Last >= p.First || quality.PeriodOf(model.Date(before.Last+"-01").AddMonths(1)).First != p.First {
			t.Fatalf("before %q is %+v", text, before)
		}
		if year := p.Year(); year.First > p.First || year.Last < p.Last || len(year.Months()) != 12 {
			t.Fatalf("the year of %q is %+v", text, year)
		}
	})
}
