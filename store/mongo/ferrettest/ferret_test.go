package ferrettest

import (
	"testing"

	"xinyi/store/mongo/mongotest"
	"xinyi/store/storetest"
)

// The conformance suite over the wire. What FerretDB cannot do is skipped by declared
// capability, and listed by name at the end of the output.
func TestConformance(t *testing.T) {
	server, err := Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	storetest.Run(t, func(*testing.T) storetest.Harness { return mongotest.Harness(server.URI()) })
}
