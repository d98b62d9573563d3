// Package mongotest points tests at a MongoDB, or at what speaks its protocol: each test
// gets a database of its own on the server that XINYI_TEST_MONGODB_URI names, which is
// dropped after the test. Without a MongoDB at hand, the nested module
// store/mongo/ferrettest has a command that serves one.
package mongotest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/mongo"
	"xinyi/store/storetest"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Variable names the server that tests use.
const Variable = "XINYI_TEST_MONGODB_URI"

// URI is the server's connection string, or "" if there is none.
func URI() string { return os.Getenv(Variable) }

// Database gives the connection string of the database on the server at uri that belongs
// to key (any text, such as t.TempDir()), and drops it after the test. Same key, same
// database: several drivers or processes may share it.
func Database(t testing.TB, uri, key string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(key))
	name := "xinyi_test_" + hex.EncodeToString(sum[:8])
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		client, err := driver.Connect(options.Client().ApplyURI(uri))
		if err != nil {
			return
		}
		defer func() { _ = client.Disconnect(ctx) }()
		if err := client.Database(name).Drop(ctx); err != nil {
			t.Logf("the test's database stays: %v", err)
		}
	})
	return named(uri, name)
}

// named puts the database into uri; who signs in does so where he did before.
func named(uri, name string) string {
	head, query, _ := strings.Cut(uri, "?")
	scheme, rest, _ := strings.Cut(head, "://")
	hosts, before, _ := strings.Cut(rest, "/")
	if strings.Contains(hosts, "@") && !strings.Contains(strings.ToLower(query), "authsource=") {
		if before == "" {
			before = "admin"
		}
		query = strings.TrimPrefix(query+"&authSource="+url.QueryEscape(before), "&")
	}
	uri = scheme + "://" + hosts + "/" + name
	if query != "" {
		uri += "?" + query
	}
	return uri
}

// Open opens the database of key on the server at uri. The caller or the end of the test
// closes it.
func Open(t testing.TB, uri, key string, clock model.Clock) *mongo.Driver {
	t.Helper()
	d, err := mongo.Open(t.Context(), Database(t, uri, key), mongo.Options{Clock: clock, AllowStandalone: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// Harness runs the conformance suite against the server at uri.
func Harness(uri string) storetest.Harness {
	return storetest.Harness{Durable: true, Open: func(t testing.TB, dir string) store.Driver {
		return Open(t, uri, dir, model.ClockFunc(time.Now))
	}}
}
