package mongo_test

import (
	"testing"

	"xinyi/store/mongo/mongotest"
	"xinyi/store/storetest"
)

// The suite on a real server, where every case must pass. Without one, the nested module
// ferrettest runs it on an embedded FerretDB.
func TestConformance(t *testing.T) {
	uri := mongotest.URI()
	if uri == "" {
		t.Skip(mongotest.Variable + " is not set; see the nested module ferrettest")
	}
	storetest.Run(t, func(*testing.T) storetest.Harness { return mongotest.Harness(uri) })
}
