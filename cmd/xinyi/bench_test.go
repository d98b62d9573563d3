package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"xinyi/policy/benefit"
	"xinyi/store"

	"os"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestParseCPU(t *testing.T) {
	const stat = "4242 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 9 0 100"
	if got, err := parseCPU([]byte(stat)); err != nil || got != 2*time.Second {
		t.Fatalf("got %v, %v", got, err)
	}
	if _, err := parseCPU([]byte("4242 (a) S 1")); err == nil {
		t.Fatal("a short line was read")
	}
}

func TestCounters(t *testing.T) {
	got := counters([]byte("# HELP xinyi_store_syncs x\nxinyi_store_syncs 12\nxinyi_audit_durable 3e+06\nxinyi_http_requests_total{a=\"b\"} 1\ngo_goroutines 8\n"))
	if len(got) != 2 || got["xinyi_store_syncs"] != 12 || got["xinyi_audit_durable"] != 3e6 {
		t.Fatalf("got %v", got)
	}
}

func TestMedians(t *testing.T) {
	got := medians([]figure{{conns: 8, cpu: 3, ratio: 0.1}, {conns: 8, cpu: 1, ratio: 0.3}, {conns: 8, cpu: 2, ratio: 0.2}})
	if got.conns != 8 || got.cpu != 2 || got.ratio != 0.2 {
		t.Fatalf("got %+v", got)
	}
	if got := median([]float64{4, 1}); got != 2.5 {
		t.Fatalf("of two: %v", got)
	}
}

func TestSteadiness(t *testing.T) {
	if got := slowSlices([]int{100, 98, 40, 101, 48, 97, 50, 102}); got != 2 {
		t.Errorf("%d slow slices, want 2", got)
	}
	before := parseProcessorTime("cpu  100 0 50 1000 10 0 5 5 0 0\ncpu0 1 1 1\n")
	after := parseProcessorTime("cpu  160 0 60 2000 10 0 5 35 0 0\n")
	if got := after.since(before); got != 0.3 {
		t.Errorf("%v taken, want 0.3", got)
	}
	if got := parseProcessorTime("no processor"); got != (processorTime{}) {
		t.Errorf("got %+v", got)
	}
	if share := slowShare(20 * time.Millisecond); share < 0 || share > 1 {
		t.Errorf("share %v", share)
	}
}

// A raw request is what net/http reads as one.
func TestRequest(t *testing.T) {
	raw := request("POST", "/v1/gate/checks", "token", `{"pass":"x"}`, "Idempotency-Key", "k1")
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil || body.String() != `{"pass":"x"}` {
		t.Fatalf("body %q, %v", body.String(), err)
	}
	if r.URL.Path != "/v1/gate/checks" || r.Header.Get("Authorization") != "Bearer token" || r.Header.Get("Idempotency-Key") != "k1" {
		t.Fatalf("got %v", r.Header)
	}
}

// The bench's rules are the seed without caps, and the program takes them.
func TestUncappedRules(t *testing.T) {
	dir, err := uncappedRules(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	book, err := benefit.Load(os.DirFS(dir + "/benefit"))
	if err != nil {
		t.Fatal(err)
	}
	rule, err := book.Rule(benchBenefit, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	if err != nil || rule.Per != (benefit.Per{}) || rule.SiteID != benchSite || len(rule.Conditions) == 0 {
		t.Fatalf("rule %+v, %v", rule, err)
	}
}

// A renamed batch differs in its ids only, and each document holds its own.
func TestRenamed(t *testing.T) {
	shape := make([]store.Op, 0, 4)
	for coll, id := range map[string]string{"usage": "p_0123456789abcdefghijklmnop/TT-PARK-80", "audit_entries": "log-1/00000001/0000000000000007",
		"redemptions": "tieta-park/2026-11-22/R0123456789abcdefghijklmnop"} {
		body, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "n", Value: 1}})
		if err != nil {
			t.Fatal(err)
		}
		shape = append(shape, store.Op{Kind: store.OpInsert, Coll: coll, ID: id, Body: body})
	}
	// What a redemption was decided on beside its own counters is checked only.
	shape = append(shape, store.Op{Kind: store.OpCheck, Coll: "usage", ID: "p_0123456789abcdefghijklmnop/TT-TOY-50", Rev: 3})
	for i, op := range renamed(shape, 0xabcdef) {
		old := shape[i]
		if op.ID == old.ID || len(op.ID) != len(old.ID) || op.Kind == store.OpCheck && op.Rev != 0 || len(op.Body) != len(old.Body) || bytes.Contains(old.Body, []byte(op.ID)) {
			t.Fatalf("%s became %s", old.ID, op.ID)
		}
		if err := store.CheckOps([]store.Op{op}); err != nil {
			t.Fatal(err)
		}
		if op.Coll == "audit_entries" && !strings.HasSuffix(op.ID, "/0000000000abcdef") {
			t.Fatalf("entry %s does not follow", op.ID)
		}
	}
}

// The page holds a row for each figure and a verdict for each target that was measured.
func TestReport_markdown(t *testing.T) {
	c := &county{size: countySize{People: 10, Orgs: 5, PerPerson: 2}}
	r := newReport(command{args: []string{"--job", "file"}}, benchOptions{rounds: 3, seconds: 2}, c)
	j := benchJobs()[0]
	r.add(j, figure{conns: 64, perSecond: 1000, cpu: 20, bareCPU: 10, ratio: 0.5})
	r.add(j, figure{conns: 64, rate: 500, perSecond: 500, p99: 1, bareP99: 0.5})
	r.add(job{name: "gate", title: "gate"}, figure{conns: 256, rate: 900, p99: 21.5, bareP99: 18.2})
	r.machine = steadiness{slow: 0.065, taken: 0.012}
	r.rawEngine = &rawFigure{PerSecond: 10_000, Ops: 6}
	r.offline, r.node = []offlineFigure{{Alg: "EdDSA", Go: 60, Node: 6000}, {Alg: "SM2", Go: 200, Node: 9000}}, "v20"
	page := r.markdown()
	for _, want := range []string{"`xinyi bench --job file`", "| file, 64 connections | ratio ≥ 0.40, aim 0.60 | 0.50 | ✓ |", "64, open loop at 500/s",
		"| gate, half of its peak | p99 ≤ 15 ms | 21.5 ms (bare Gin 18.2) | ✗ |", "| steadiness | 6.5 % of 10 ms slices", "; 1.2 % of the processor time", "**10000 batches/s**",
		"| offline verification in Go, EdDSA | ≤ 150 µs | 60 µs | ✓ |", "| offline verification in JavaScript, EdDSA | ≤ 5 ms | 6.00 ms | ✗ |", "| SM2 | 200 | 9.00 |"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "| redeem") {
		t.Error("the page judges what was not measured")
	}
	r.node = ""
	if page = r.markdown(); strings.Contains(page, "in JavaScript, ") || !strings.Contains(page, "JavaScript was not measured: node is not installed.") {
		t.Errorf("without node: %s", page)
	}
}

// A good pass under each algorithm is judged in Go, and in JavaScript where node is installed.
func TestOffline(t *testing.T) {
	m := &meter{o: benchOptions{rounds: 1, seconds: 0.03}, work: t.TempDir(), progress: io.Discard}
	r := &report{}
	if err := m.offline(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(r.offline) != 3 {
		t.Fatalf("got %+v", r.offline)
	}
	for _, f := range r.offline {
		if f.Go <= 0 || (f.Node > 0) != (r.node != "") {
			t.Errorf("in node %q: %+v", r.node, f)
		}
	}
}

// Pages of figures name no folder of the machine.
func TestCommandOf(t *testing.T) {
	for args, want := range map[string]string{
		"":                             "xinyi bench",
		"--data /srv/x --out a.md":     "xinyi bench --out a.md",
		"--job raw -data=/srv/x":       "xinyi bench --job raw",
		"--rounds 2 --data /srv/x":     "xinyi bench --rounds 2",
		"--upload-mb 10 --out data.md": "xinyi bench --upload-mb 10 --out data.md",
	} {
		if got := commandOf(strings.Fields(args)); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}
