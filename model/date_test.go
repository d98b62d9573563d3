package model

import (
	"testing"
	"time"
)

// DateOf writes the day in Shanghai, whatever the zone of the instant.
func TestDateOf(t *testing.T) {
	for at := time.Date(1899, 12, 30, 15, 59, 59, 0, time.UTC); at.Year() < 2101; at = at.Add(997*time.Hour + 13*time.Minute) {
		if got, want := DateOf(at), Date(at.In(Shanghai).Format(time.DateOnly)); got != want {
			t.Fatalf("%v: got %s, want %s", at, got, want)
		}
	}
}
