package chart

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"golang.org/x/image/font/sfnt"

	"xinyi/model"
)

const (
	drawnAtOnce = 2
	mostWaiting = 16 // beside those that are drawn
	keptDrawn   = 32 // pictures, of some tens of KiB each
	tryAgain    = time.Second
)

// Painter draws pictures, a few at once, and keeps the last ones: a request costs little, a
// picture megabytes and a core. Safe for concurrent use.
type Painter struct {
	font  *Font
	draw  func(f *Font, title, note string, bars []Bar) ([]byte, error)
	name  string // of the font
	slots chan struct{}
	queue chan struct{}

	mu    sync.Mutex
	kept  map[string][]byte
	order []string // of keys, the oldest first
}

// NewPainter draws with f; nil = Latin letters and digits only.
func NewPainter(f *Font) *Painter {
	p := &Painter{font: f, draw: PNG, slots: make(chan struct{}, drawnAtOnce), queue: make(chan struct{}, drawnAtOnce+mostWaiting), kept: map[string][]byte{}}
	if f != nil {
		p.name, _ = f.face.Name(nil, sfnt.NameIDFull) // without a name fonts share tags
	}
	return p
}

// Tag names a picture by all it is drawn from.
func (p *Painter) Tag(title, note string, bars []Bar) string {
	sum := sha256.New()
	text := func(s string) {
		sum.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) //nolint:gosec // short texts
		sum.Write([]byte(s))
	}
	for _, s := range []string{"png/1", p.name, title, note} {
		text(s)
	}
	for i := range bars {
		text(bars[i].Label)
		text(bars[i].Text)
		sum.Write(binary.BigEndian.AppendUint64([]byte{byte(bars[i].tone())}, math.Float64bits(bars[i].Value)))
	}
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:16])
}

// Paint gives the picture of a tag. CodeUnavailable when too many wait for theirs.
func (p *Painter) Paint(ctx context.Context, tag, title, note string, bars []Bar) ([]byte, error) {
	if picture := p.have(tag); picture != nil {
		return picture, nil
	}
	select {
	case p.queue <- struct{}{}:
		defer func() { <-p.queue }()
	default:
		return nil, &model.Error{Code: model.CodeUnavailable, Detail: "正在画的图太多，请稍后重试。", RetryAfter: tryAgain}
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, model.Wrap(ctx.Err(), model.CodeUnavailable, "")
	}
	if picture := p.have(tag); picture != nil { // drawn meanwhile
		return picture, nil
	}
	picture, err := p.draw(p.font, title, note, bars)
	if err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "")
	}
	p.keep(tag, picture)
	return picture, nil
}

func (p *Painter) have(tag string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept[tag]
}

func (p *Painter) keep(tag string, picture []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[tag] != nil {
		return
	}
	if len(p.order) == keptDrawn {
		delete(p.kept, p.order[0])
		p.order = p.order[1:]
	}
	p.kept[tag], p.order = picture, append(p.order, tag)
}
