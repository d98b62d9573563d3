package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"xinyi/api/passverify"
)

// offlineFigure is what judging one pass without a network takes.
type offlineFigure struct {
	Alg  string
	Go   float64 // µs
	Node float64 // µs of the JavaScript verifier; 0 = not measured
}

// offlinePass is one of the shared vectors, a good pass under each algorithm.
type offlinePass struct {
	Alg    string          `json:"alg"`
	Bundle json.RawMessage `json:"bundle"`
	Site   string          `json:"site"`
	Text   string          `json:"text"`
	At     int64           `json:"at"` // milliseconds since 1970
}

// offlineMost is how long a verification may take in each language, µs. SM2 has no target: it is in
// no standard library.
var offlineMost = offlineFigure{Go: 150, Node: 5000}

//go:embed benchoffline.mjs
var offlineScript string

// offline verifies passes in this process, and with the JavaScript verifier if node is installed.
func (m *meter) offline(ctx context.Context, r *report) error {
	passes, err := offlinePasses()
	if err != nil {
		return err
	}
	node, err := exec.LookPath("node")
	if err == nil {
		out, err := exec.CommandContext(ctx, node, "--version").Output()
		if err != nil {
			return err
		}
		r.node = strings.TrimSpace(string(out))
	}
	var rounds [][]offlineFigure
	for range m.o.rounds {
		round := make([]offlineFigure, len(passes))
		for i, p := range passes {
			if round[i], err = p.verify(m.o.seconds / float64(len(passes))); err != nil {
				return err
			}
		}
		if r.node != "" {
			if err := m.offlineNode(ctx, node, passes, round); err != nil {
				return err
			}
		}
		rounds = append(rounds, round)
	}
	for i, p := range passes {
		f := offlineFigure{Alg: p.Alg, Go: medianOf(rounds, func(r []offlineFigure) float64 { return r[i].Go }),
			Node: medianOf(rounds, func(r []offlineFigure) float64 { return r[i].Node })}
		r.offline = append(r.offline, f)
		fmt.Fprintf(m.progress, "offline    %-5s  Go %.0f µs  JavaScript %.0f µs (0 = no node)\n", f.Alg, f.Go, f.Node)
	}
	return nil
}

func offlinePasses() ([]offlinePass, error) {
	var v struct {
		Bundles map[string]json.RawMessage
		Passes  []struct {
			Name, Bundle, Site, Pass string
			At                       int64
		}
	}
	if err := json.Unmarshal(passverify.Vectors, &v); err != nil {
		return nil, err
	}
	var passes []offlinePass
	for _, alg := range []string{"EdDSA", "ES256", "SM2"} {
		for _, p := range v.Passes {
			if p.Name == alg {
				passes = append(passes, offlinePass{Alg: alg, Bundle: v.Bundles[p.Bundle], Site: p.Site, Text: p.Pass, At: p.At})
			}
		}
	}
	return passes, nil
}

// verify verifies the pass again and again for so many seconds; nothing of it is kept.
func (p offlinePass) verify(seconds float64) (offlineFigure, error) {
	at := time.UnixMilli(p.At)
	bundle, err := passverify.Open(p.Bundle, at)
	if err != nil {
		return offlineFigure{}, err
	}
	n, began := 0, time.Now()
	for time.Since(began).Seconds() < seconds {
		if got := bundle.Verify(p.Text, p.Site, at); got.Result != passverify.ResultPass {
			return offlineFigure{}, fmt.Errorf("bench: the pass of %s is refused: %s", p.Alg, got.Reason)
		}
		n++
	}
	return offlineFigure{Alg: p.Alg, Go: time.Since(began).Seconds() * 1e6 / float64(n)}, nil
}

// offlineNode does the same in a process of node, and sets the figures' Node.
func (m *meter) offlineNode(ctx context.Context, node string, passes []offlinePass, round []offlineFigure) error {
	for name, text := range map[string]string{"passverify.mjs": passverify.JavaScript, "bench.mjs": offlineScript} {
		if err := os.WriteFile(filepath.Join(m.work, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	given, err := json.Marshal(passes)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, node, filepath.Join(m.work, "bench.mjs"), fmt.Sprint(m.o.seconds/float64(len(passes))))
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(given)), m.progress
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	var took []float64
	if err := json.Unmarshal(out, &took); err != nil || len(took) != len(passes) {
		return errors.Join(errors.New("bench: node answered something else"), err)
	}
	for i := range round {
		round[i].Node = took[i]
	}
	return nil
}

// offlineTargets sets the figures against what they must be.
func (r *report) offlineTargets(row func(name, must, got string, ok bool)) {
	for _, f := range r.offline {
		if f.Alg == "SM2" {
			continue
		}
		row("offline verification in Go, "+f.Alg, fmt.Sprintf("≤ %.0f µs", offlineMost.Go), fmt.Sprintf("%.0f µs", f.Go), f.Go <= offlineMost.Go)
		if r.node != "" {
			row("offline verification in JavaScript, "+f.Alg, fmt.Sprintf("≤ %.0f ms", offlineMost.Node/1e3), fmt.Sprintf("%.2f ms", f.Node/1e3), f.Node <= offlineMost.Node)
		}
	}
}

func (r *report) offlineTable(b *strings.Builder) {
	if len(r.offline) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Verification without a network 脱网验签\n\nOne core judges a good pass again and again with the bundle alone, medians of %d rounds of %.1f s each.\n\n"+
		"| algorithm | Go µs | JavaScript ms |\n|---|---:|---:|\n", r.o.rounds, r.o.seconds/float64(len(r.offline)))
	for _, f := range r.offline {
		js := "not measured"
		if r.node != "" {
			js = fmt.Sprintf("%.2f", f.Node/1e3)
		}
		fmt.Fprintf(b, "| %s | %.0f | %s |\n", f.Alg, f.Go, js)
	}
	if r.node == "" {
		fmt.Fprintf(b, "\nJavaScript was not measured: node is not installed.\n")
		return
	}
	fmt.Fprintf(b, "\nJavaScript in node %s; Ed25519 and ES256 are WebCrypto's.\n", r.node)
}
