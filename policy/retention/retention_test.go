package retention_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"xinyi/model"
	"xinyi/policy/retention"
)

func TestSeed(t *testing.T) {
	table, err := retention.Load(retention.Seed())
	if err != nil {
		t.Fatal(err)
	}
	if got := table.KeptUntil(&model.Record{DisplayEnds: "2027-05-10"}); got != "2037-05-10" {
		t.Errorf("kept until %s", got)
	}
	if got := table.KeptUntil(&model.Record{}); got != "" {
		t.Errorf("what is shown for ever is kept until %s", got)
	}
	if got := table.RedemptionsBefore("2026-11-22"); got != "2025-11-22" {
		t.Errorf("redemptions before %s", got)
	}
}

func TestLoad_namesEveryFault(t *testing.T) {
	_, err := retention.Load(fstest.MapFS{"r.yaml": {Data: []byte("name: ''\nvalidFrom: soon\narchive: {months: 0}\nredemption: {months: 1201, legalBasis: b}\n")}})
	for _, want := range []string{"name", "validFrom", "archive.months", "archive.legalBasis", "redemption.months"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported: %v", want, err)
		}
	}
}
