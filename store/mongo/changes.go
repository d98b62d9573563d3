package mongo

import (
	"container/list"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// feedToken is where a reader of the feed stands. A sweep goes from Low to the end of the
// feed; the next one starts an overlap before the instant at which this one began.
type feedToken struct {
	Low   int64  `json:"l"`           // ms; start of the sweep
	Begin int64  `json:"b,omitempty"` // ms; when the sweep began, 0 between sweeps
	At    int64  `json:"a,omitempty"` // last key of the sweep, with ID
	ID    string `json:"i,omitempty"`
	// Name is that of what this process remembers for the reader; it is new in every
	// token, so that two readers who started alike share nothing.
	Name string `json:"n"`
}

// feedKeys is how many keys are read at once; documents are read only if they are news.
const feedKeys = 2000

// Changes gives what was written since token, oldest first; see the package comment for
// the overlap and for when a document is repeated.
func (d *Driver) Changes(ctx context.Context, coll, token string, limit int) ([]store.Doc, string, error) {
	op, cancel, err := d.call(ctx)
	if err != nil {
		return nil, "", err
	}
	defer cancel()
	if _, err := d.fields(coll, store.FeedIndex.Name); err != nil {
		return nil, "", err
	}
	if limit < 1 || limit > store.MaxLimit {
		return nil, "", model.Errorf(model.CodeInternal, "查询条件有误（limit），请联系管理员。")
	}
	var t feedToken
	if token != "" {
		if err := decodeToken(token, &t); err != nil {
			return nil, "", err
		}
	}
	seen := d.feeds.take(t.Name)
	docs, err := d.sweep(op, coll, &t, seen, limit)
	if err != nil {
		return nil, "", fault(ctx, err)
	}
	if t.Begin == 0 {
		seen.forget(t.Low)
	} else {
		seen.forget(min(t.At, t.Begin) - d.overlap.Milliseconds())
	}
	t.Name = d.feeds.put(seen)
	return docs, encodeToken(t), nil
}

// sweep goes on from t until limit news are found or the feed ends, and moves t.
func (d *Driver) sweep(ctx context.Context, coll string, t *feedToken, seen memory, limit int) ([]store.Doc, error) {
	if t.Begin == 0 {
		t.Begin, t.At, t.ID = d.now().UnixMilli(), t.Low, ""
	}
	var news []string
	for ended := false; !ended && len(news) < limit; {
		got := 0
		opts := options.Find().SetSort(bson.D{{Key: "_at", Value: 1}, {Key: "_id", Value: 1}}).
			SetProjection(bson.D{{Key: "_id", Value: 1}, {Key: "_at", Value: 1}, {Key: "_rev", Value: 1}}).
			SetLimit(feedKeys).SetBatchSize(feedKeys + 1)
		err := d.each(ctx, coll, beyond(*t), opts, func(raw bson.Raw) error {
			got++
			if len(news) == limit {
				return nil // read again by the next call
			}
			key, err := opened(raw)
			if err != nil {
				return err
			}
			t.At, t.ID = key.At.UnixMilli(), key.ID
			if seen.add(key) {
				news = append(news, key.ID)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		ended = got < feedKeys && len(news) < limit
		if ended {
			t.Low, t.Begin, t.At, t.ID = max(t.Low, t.Begin-d.overlap.Milliseconds()), 0, 0, ""
		}
	}
	docs, err := d.getMany(ctx, coll, news)
	for _, doc := range docs {
		seen.add(doc) // it may have been written again since
	}
	return docs, err
}

func beyond(t feedToken) bson.D {
	at := time.UnixMilli(t.At).UTC()
	if t.ID == "" {
		return bson.D{{Key: "_at", Value: bson.D{{Key: "$gte", Value: at}}}}
	}
	ms := t.At
	return bson.D{{Key: "$and", Value: after([]string{"_at"}, position{Values: []value{{Time: &ms}}, ID: t.ID}, false)}}
}

// memory holds what a reader was given in the window, as digests of id and revision, with
// the instant of the write.
type memory map[uint64]int64

// add reports whether the document is news.
func (m memory) add(doc store.Doc) bool {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(doc.Rev)))
	h.Write([]byte(doc.ID))
	key := binary.BigEndian.Uint64(h.Sum(nil))
	if _, ok := m[key]; ok {
		return false
	}
	m[key] = doc.At.UnixMilli()
	return true
}

func (m memory) forget(before int64) {
	for key, at := range m {
		if at < before {
			delete(m, key)
		}
	}
}

// maxReaders bounds the memories; who is forgotten gets one window again.
const maxReaders = 256

// feeds keeps the memories of this process's readers between their calls.
type feeds struct {
	mu     sync.Mutex
	byName map[string]*list.Element
	order  list.List // of *reader, oldest first
}

type reader struct {
	name string
	seen memory
}

// take hands a memory over; a second call with the same token starts an empty one.
func (f *feeds) take(name string) memory {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.byName[name]
	if !ok {
		return memory{}
	}
	delete(f.byName, name)
	return f.order.Remove(e).(*reader).seen
}

func (f *feeds) put(seen memory) (name string) {
	name = rand.Text()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byName == nil {
		f.byName = map[string]*list.Element{}
	}
	f.byName[name] = f.order.PushBack(&reader{name, seen})
	if f.order.Len() > maxReaders {
		oldest := f.order.Remove(f.order.Front()).(*reader)
		delete(f.byName, oldest.name)
	}
	return name
}
