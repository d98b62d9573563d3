package audit

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// Checkpoint is what the signed note of an origin says. Its text follows C2SP
// tlog-checkpoint (name, size, root, then extension lines):
//
//	<key name>/<origin>
//	<size>
//	<root, base64>
//	time <RFC 3339, UTC, ms>
//	generation <n>
//	unfolded <entries that are or may be durable and not in the tree> [since <time>]
//	open <generation> <settled> [looked <time>]    (once for each open generation)
type Checkpoint struct {
	Origin     string
	Size       int64
	Root       tlog.Hash
	At         time.Time
	Generation uint32
	// Unfolded is the lag: it counts the entries that were, or could be, durable but not
	// folded. Since is when the oldest of them began, zero if there is none.
	Unfolded int
	Since    time.Time
	// Open: in these generations only numbers from Settled on may be missing in the tree.
	// All but the last one have ended, and were searched for late entries at Looked.
	Open []model.AuditGeneration
	// Note is the signed text.
	Note string
}

// sign makes the note.
func (c *Checkpoint) sign(signer note.Signer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s\n%d\n%s\ntime %s\ngeneration %d\nunfolded %d",
		signer.Name(), c.Origin, c.Size, c.Root, c.At.UTC().Format(leafTime), c.Generation, c.Unfolded)
	if c.Unfolded > 0 {
		fmt.Fprintf(&b, " since %s", c.Since.UTC().Format(leafTime))
	}
	b.WriteByte('\n')
	for _, g := range c.Open {
		fmt.Fprintf(&b, "open %d %d", g.Gen, g.Settled)
		if !g.Looked.IsZero() {
			fmt.Fprintf(&b, " looked %s", g.Looked.UTC().Format(leafTime))
		}
		b.WriteByte('\n')
	}
	signed, err := note.Sign(&note.Note{Text: b.String()}, signer)
	if err != nil {
		return model.Wrap(err, model.CodeInternal, "审计检查点无法签名，请检查签名密钥。")
	}
	c.Note = string(signed)
	return nil
}

// ParseCheckpoint checks the signature of a note and reads it. CodeInternal if it is
// not signed by one of the verifiers, or says anything that sign does not write.
func ParseCheckpoint(signed string, verifiers note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), verifiers)
	if err == nil { // package note ignores the last bits of the base64
		_, err = base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
	}
	if err != nil {
		return Checkpoint{}, model.Wrap(err, model.CodeInternal, "审计检查点的签名无效，请运行审计校验。")
	}
	c, err := parseText(n.Text, n.Sigs[0].Name)
	if err != nil {
		return Checkpoint{}, model.Wrap(err, model.CodeInternal, "审计检查点的内容无法解读，请运行审计校验。")
	}
	c.Note = signed
	return c, nil
}

func parseText(text, key string) (Checkpoint, error) {
	bad := fmt.Errorf("audit: malformed checkpoint")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 6 {
		return Checkpoint{}, bad
	}
	origin, ok := strings.CutPrefix(lines[0], key+"/")
	if !ok || origin == "" || strings.Contains(origin, "/") {
		return Checkpoint{}, fmt.Errorf("audit: checkpoint names %q, not an origin of %s", lines[0], key)
	}
	c := Checkpoint{Origin: origin}
	var errs [5]error
	c.Size, errs[0] = strconv.ParseInt(lines[1], 10, 64)
	c.Root, errs[1] = tlog.ParseHash(lines[2])
	c.At, errs[2] = timeAfter("time ", lines[3])
	_, errs[3] = fmt.Sscanf(lines[4], "generation %d", &c.Generation)
	count, since, lag := strings.Cut(lines[5], " since ")
	_, errs[4] = fmt.Sscanf(count, "unfolded %d", &c.Unfolded)
	for _, err := range errs {
		if err != nil {
			return Checkpoint{}, err
		}
	}
	if lag {
		if c.Since, errs[0] = timeAfter("", since); errs[0] != nil {
			return Checkpoint{}, errs[0]
		}
	}
	for _, line := range lines[6:] {
		g, err := parseOpen(line)
		if err != nil {
			return Checkpoint{}, err
		}
		c.Open = append(c.Open, g)
	}
	if c.Size < 0 || c.Unfolded < 0 {
		return Checkpoint{}, bad
	}
	return c, nil
}

func parseOpen(line string) (g model.AuditGeneration, err error) {
	numbers, looked, searched := strings.Cut(line, " looked ")
	if _, err := fmt.Sscanf(numbers, "open %d %d", &g.Gen, &g.Settled); err != nil {
		return g, err
	}
	if searched {
		g.Looked, err = timeAfter("", looked)
	}
	return g, err
}

func timeAfter(prefix, s string) (time.Time, error) {
	value, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return time.Time{}, fmt.Errorf("audit: checkpoint line %q", s)
	}
	return time.Parse(leafTime, value)
}

// promise says of generation gen: every entry with a number below settled, and every one
// that was durable by the time complete, is in the tree; open is false if all are.
func (c Checkpoint) promise(gen uint32) (settled uint64, complete time.Time, open bool) {
	for _, g := range c.Open {
		switch {
		case g.Gen != gen:
		case gen < c.Generation || !g.Looked.IsZero():
			return g.Settled, g.Looked, true
		case c.Unfolded > 0:
			return g.Settled, c.Since, true
		default:
			return g.Settled, c.At, true
		}
	}
	return 0, time.Time{}, false
}
