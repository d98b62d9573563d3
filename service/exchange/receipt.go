package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"xinyi/model"
)

// ReceiptFormat names the form of receipts; see docs/upstream.md.
const ReceiptFormat = "xinyi-receipt/1"

// Bounds of a receipt.
const (
	maxReceipt = 32 << 20
	maxReason  = 300 // characters
	maxCode    = 32
	// issuedSlack is how far clocks of the platforms may lie apart.
	issuedSlack = 24 * time.Hour
	settlePage  = 200
)

// receipt is a receipt file.
type receipt struct {
	Format    string   `json:"format"`
	PackageNo string   `json:"packageNo"`
	Manifest  string   `json:"manifestSm3"`
	IssuedAt  string   `json:"issuedAt"`
	Results   []result `json:"results"`
}

// result is what became of one line; lines count from 1 without the header.
type result struct {
	File   string `json:"file"`
	Row    int    `json:"row"`
	Result string `json:"result"` // accepted or rejected
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Taken is what a receipt brought.
type Taken struct {
	PackageNo string `json:"packageNo"`
	Accepted  int    `json:"accepted"`
	Rejected  int    `json:"rejected"`
	Again     bool   `json:"again"` // it was taken in before; nothing changed
}

// Take takes a receipt in (回执): all of it is right, or none of it counts. To take it again
// changes nothing, and of two receipts about a line the later issued one stands, in
// whatever order they come. Rejected lines go to the worklist of their units.
func (s *Service) Take(ctx context.Context, by string, from io.Reader) (Taken, error) {
	raw, err := io.ReadAll(io.LimitReader(from, maxReceipt+1))
	if err != nil {
		return Taken{}, err
	}
	rc, issued, err := s.read(raw)
	if err != nil {
		return Taken{}, err
	}
	id := Digest(raw)
	before, err := s.Store.Receipt(ctx, id)
	if err == nil {
		return Taken{PackageNo: before.Package, Accepted: before.Accepted, Rejected: before.Rejected, Again: true}, nil
	}
	if !model.Is(err, model.CodeNotFound) {
		return Taken{}, err
	}
	p, err := s.Store.Package(ctx, rc.PackageNo)
	if model.Is(err, model.CodeNotFound) || err == nil && p.Manifest != rc.Manifest {
		return Taken{}, bad("packageNo", "不是本平台发出的数据包的回执，请核对编号和 manifestSm3。")
	}
	if err != nil {
		return Taken{}, err
	}
	if issued.Before(p.CreatedAt.Add(-issuedSlack)) {
		return Taken{}, bad("issuedAt", "回执早于数据包，请核对。")
	}
	if err := rc.fits(p); err != nil {
		return Taken{}, err
	}
	return s.settle(ctx, by, id, rc, issued)
}

func bad(pointer, detail string) *model.Error {
	return &model.Error{Code: model.CodeInvalidRequest, Detail: "回执有误，未作任何改动：" + detail, Fields: []model.FieldError{{Pointer: "/" + pointer, Code: "receipt", Detail: detail}}}
}

// read decodes strictly: an unknown key, or anything after the end, is a fault.
func (s *Service) read(raw []byte) (*receipt, time.Time, error) {
	if len(raw) > maxReceipt {
		return nil, time.Time{}, bad("", "文件太大。")
	}
	if !utf8.Valid(raw) {
		return nil, time.Time{}, bad("", "应为 UTF-8 编码的 JSON。")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	rc := &receipt{}
	if err := dec.Decode(rc); err != nil {
		return nil, time.Time{}, bad("", "不是 "+ReceiptFormat+" 格式的 JSON。")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, time.Time{}, bad("", "JSON 之后还有多余内容。")
	}
	if rc.Format != ReceiptFormat {
		return nil, time.Time{}, bad("format", "应为 "+ReceiptFormat+"。")
	}
	issued, err := time.Parse(time.RFC3339, rc.IssuedAt)
	if err != nil || issued.After(s.Clock.Now().Add(issuedSlack)) {
		return nil, time.Time{}, bad("issuedAt", "应为带时区的时间，且不晚于现在。")
	}
	return rc, issued.UTC().Truncate(time.Millisecond), nil
}

var codeForm = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)

// fits reports whether every result is about one line of the package, each line once.
func (rc *receipt) fits(p *model.ExchangePackage) error {
	rows := map[string]int{}
	for _, f := range p.Files {
		rows[f.Name] = f.Rows
	}
	type line struct {
		file string
		row  int
	}
	seen := make(map[line]bool, min(len(rc.Results), 1_000_000))
	for i, r := range rc.Results {
		at := "results/" + strconv.Itoa(i)
		switch n, ok := rows[r.File]; {
		case !ok || r.Row < 1 || r.Row > n:
			return bad(at, "数据包里没有这一行。")
		case seen[line{r.File, r.Row}]:
			return bad(at, "同一行写了两次。")
		case r.Result != "accepted" && r.Result != "rejected":
			return bad(at+"/result", "应为 accepted 或 rejected。")
		case r.Result == "rejected" && plain(r.Code+r.Reason) == "":
			return bad(at+"/reason", "退回的行应写明代码或理由。")
		case len(r.Code) > maxCode || !codeForm.MatchString(r.Code):
			return bad(at+"/code", "应为至多 32 个字母、数字和 _ . -。")
		}
		seen[line{r.File, r.Row}] = true
	}
	return nil
}

// longNumber may be a number of a person or a phone: a reason does not need it.
var longNumber = regexp.MustCompile(`[0-9０-９]{7,}[Xx]?`)

// reasonOf is a reason as it may be shown: one line, bounded, without long numbers.
func reasonOf(text string) string {
	text = longNumber.ReplaceAllString(plain(text), "****")
	if utf8.RuneCountInString(text) > maxReason {
		text = string([]rune(text)[:maxReason]) + "…"
	}
	return text
}

// settle writes what the receipt says, page by page; the receipt itself comes last, so that
// an interrupted one is simply taken again.
func (s *Service) settle(ctx context.Context, by, id string, rc *receipt, issued time.Time) (Taken, error) {
	taken := Taken{PackageNo: rc.PackageNo}
	for _, r := range rc.Results {
		if r.Result == "accepted" {
			taken.Accepted++
		} else {
			taken.Rejected++
		}
	}
	for from := 0; from < len(rc.Results); from += settlePage {
		page := rc.Results[from:min(from+settlePage, len(rc.Results))]
		if err := s.settlePage(ctx, by, id, rc.PackageNo, page, issued); err != nil {
			return taken, err
		}
	}
	done := &model.ExchangeReceipt{ID: id, Package: rc.PackageNo, IssuedAt: issued, TakenAt: s.Clock.Now().UTC().Truncate(time.Millisecond),
		Accepted: taken.Accepted, Rejected: taken.Rejected}
	ev := s.event(by, "upstream.receipt", rc.PackageNo, strconv.Itoa(taken.Rejected)+" rejected")
	return taken, s.commit(ctx, &model.ExchangeBatch{Receipt: done}, ev)
}

// settleTries bounds the attempts when an export replaces rows meanwhile.
const settleTries = 5

func (s *Service) settlePage(ctx context.Context, by, id, pkg string, page []result, issued time.Time) error {
	ids := make([]string, len(page))
	for i, r := range page {
		ids[i] = rowID(pkg, strings.TrimSuffix(r.File, ".csv"), r.Row)
	}
	for try := 1; ; try++ {
		rows, err := s.Store.Rows(ctx, ids)
		if err != nil {
			return err
		}
		b := &model.ExchangeBatch{}
		for i, r := range page {
			if next := settled(rows[ids[i]], r, issued); next != nil {
				b.Rows = append(b.Rows, next)
			}
		}
		if len(b.Rows) == 0 {
			return nil
		}
		err = s.commit(ctx, b, s.event(by, "upstream.settle", pkg, strconv.Itoa(len(b.Rows))))
		if !model.Is(err, model.CodeConflict) || try == settleTries {
			return err
		}
	}
}

// settled gives the row as the result says; nil when a later receipt has spoken, or this one.
func settled(row *model.ExchangeRow, r result, issued time.Time) *model.ExchangeRow {
	if row == nil || issued.Before(row.SettledAt) {
		return nil
	}
	next := *row
	next.Status, next.Code, next.Reason, next.SettledAt = model.ExchangeAccepted, "", "", issued
	if r.Result == "rejected" {
		next.Status, next.Code, next.Reason = model.ExchangeRejected, r.Code, reasonOf(r.Reason)
	}
	if issued.Equal(row.SettledAt) && weight(&next) <= weight(row) {
		return nil
	}
	next.Since = model.DateOf(issued)
	next.Await()
	return &next
}

// weight orders what two receipts of one instant say: what asks for work stands.
func weight(r *model.ExchangeRow) string {
	if r.Status == model.ExchangeRejected {
		return "1" + r.Code + "\x00" + r.Reason
	}
	return "0"
}
