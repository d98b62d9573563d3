package chart

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"xinyi/model"
)

// TestPainter_bounds: two pictures are drawn at once, sixteen wait, more are told to come
// again; what is kept is not drawn again.
func TestPainter_bounds(t *testing.T) {
	p := NewPainter(nil)
	begun, goOn := make(chan string, 100), make(chan struct{})
	p.draw = func(_ *Font, title, _ string, _ []Bar) ([]byte, error) {
		begun <- title
		<-goOn
		return []byte(title), nil
	}
	var wait sync.WaitGroup
	ask := func(ctx context.Context, title string) {
		wait.Go(func() {
			if picture, err := p.Paint(ctx, title, title, "", nil); ctx.Err() == nil && (err != nil || string(picture) != title) {
				t.Errorf("%s: %q, %v", title, picture, err)
			}
		})
	}
	for i := range drawnAtOnce {
		ask(t.Context(), fmt.Sprint(i))
	}
	for range drawnAtOnce {
		<-begun
	}
	gone, leave := context.WithCancel(t.Context())
	ask(gone, "gone")
	for i := range mostWaiting - 1 {
		ask(t.Context(), fmt.Sprint("waits ", i%3)) // also for the same picture
	}
	for len(p.queue) < cap(p.queue) { // until all wait
		if len(begun) > 0 {
			t.Fatal("a third picture is drawn")
		}
		runtime.Gosched()
	}
	_, err := p.Paint(t.Context(), "more", "more", "", nil)
	if !model.Is(err, model.CodeUnavailable) {
		t.Errorf("more than may wait: %v", err)
	}
	leave()
	close(goOn)
	wait.Wait()
	close(begun)
	drawn := map[string]int{}
	for title := range begun {
		drawn[title]++
	}
	before := len(drawn)
	for i := range 3 {
		title := fmt.Sprint("waits ", i)
		if drawn[title] < 1 || drawn[title] > drawnAtOnce {
			t.Errorf("%s was drawn %d times", title, drawn[title])
		}
		if picture, err := p.Paint(t.Context(), title, title, "", nil); err != nil || string(picture) != title {
			t.Errorf("%s: %q, %v", title, picture, err)
		}
	}
	if before > drawnAtOnce+4 {
		t.Errorf("drawn: %v", drawn)
	}
	if len(p.queue) != 0 || len(p.slots) != 0 {
		t.Error("places are still taken")
	}
}

// TestPainter_keepsFew: the cache has a bound.
func TestPainter_keepsFew(t *testing.T) {
	p := NewPainter(nil)
	p.draw = func(*Font, string, string, []Bar) ([]byte, error) { return []byte("x"), nil }
	for i := range 3 * keptDrawn {
		if _, err := p.Paint(t.Context(), fmt.Sprint(i), "", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.kept) != keptDrawn || len(p.order) != keptDrawn || p.kept[fmt.Sprint(3*keptDrawn-1)] == nil {
		t.Errorf("%d are kept", len(p.kept))
	}
}

func TestPainter_tag(t *testing.T) {
	p, bars := NewPainter(nil), []Bar{{Label: "a", Value: 1, Text: "1"}, {Label: "b", Value: 2, Text: "2", Tone: Good}}
	tag := p.Tag("t", "n", bars)
	for i, other := range []string{p.Tag("tn", "", bars), p.Tag("t", "n", bars[:1]), p.Tag("t", "n", []Bar{bars[1], bars[0]}),
		p.Tag("t", "n", []Bar{bars[0], {Label: "b", Value: 2, Text: "2", Tone: Bad}}), p.Tag("t", "n", []Bar{bars[0], {Label: "b", Value: 3, Text: "2", Tone: Good}})} {
		if other == tag {
			t.Errorf("%d has the same tag", i)
		}
	}
	if p.Tag("t", "n", bars) != tag {
		t.Error("the tag changes")
	}
}

// BenchmarkPNG draws the greatest picture.
func BenchmarkPNG(b *testing.B) {
	bars := make([]Bar, mostRows)
	for i := range bars {
		bars[i] = Bar{Label: fmt.Sprint("2026 unit ", i), Value: float64(i), Text: fmt.Sprint(i), Tone: Tone(i % 6)}
	}
	b.ReportAllocs()
	for b.Loop() {
		picture, err := PNG(nil, "Title", "note", bars)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(picture)), "B/picture")
	}
}
