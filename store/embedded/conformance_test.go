package embedded

import (
	"testing"

	"xinyi/store"
	"xinyi/store/storetest"
)

func harness(*testing.T) storetest.Harness {
	return storetest.Harness{Durable: true, Open: func(t testing.TB, dir string) store.Driver {
		d, err := Open(dir, Options{Clock: wall})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}}
}

func TestConformance(t *testing.T) { storetest.Run(t, harness) }

func TestProperty(t *testing.T) { storetest.Property(t, harness) }
