package ingest

import "testing"

func TestPlainNumber(t *testing.T) {
	for text, want := range map[string]string{
		"1.1000000000000001": "1.1", "0.56999999999999995": "0.57", "5E-2": "0.05", "-2.50": "-2.5", "1E+5": "100000", "46346.5": "46346.5", "0.0": "0",
		"46346": "46346", "": "", "1.2.3": "1.2.3", "1e400": "1e400", "NaN": "NaN", "true": "true",
		"4.1020319000101901E+17": "4.1020319000101901E+17", // a code whose end is lost
		"1E-300":                 "1E-300",
	} {
		if got := string(plainNumber([]byte(text))); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
