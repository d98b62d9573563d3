package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"

	"xinyi/store"
)

// spool is a file of batches, so that those of a county can be noted in little memory and
// given to another engine.
type spool struct {
	file *os.File
	w    *bufio.Writer
	buf  []byte
}

func newSpool(path string) (*spool, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &spool{file: f, w: bufio.NewWriterSize(f, 1<<20)}, nil
}

// put appends a batch: the number of its ops, then kind, collection, id, revision and body
// of each.
func (s *spool) put(ops []store.Op) error {
	s.buf = binary.AppendUvarint(s.buf[:0], uint64(len(ops)))
	for _, op := range ops {
		s.buf = binary.AppendUvarint(s.buf, uint64(op.Kind))
		s.buf = binary.AppendVarint(s.buf, op.Rev)
		for _, part := range []string{op.Coll, op.ID} {
			s.buf = append(binary.AppendUvarint(s.buf, uint64(len(part))), part...)
		}
		s.buf = append(binary.AppendUvarint(s.buf, uint64(len(op.Body))), op.Body...)
	}
	_, err := s.w.Write(s.buf)
	return err
}

func (s *spool) close() error { return errors.Join(s.w.Flush(), s.file.Close()) }

var errSpool = errors.New("bench: not a file of batches")

// readBatch reads one batch; io.EOF at the end.
func readBatch(r *bufio.Reader) ([]store.Op, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	ops := make([]store.Op, 0, min(n, 1<<16))
	for range n {
		kind, err := binary.ReadUvarint(r)
		if err != nil {
			return nil, errSpool
		}
		rev, err := binary.ReadVarint(r)
		if err != nil {
			return nil, errSpool
		}
		var parts [3][]byte
		for i := range parts {
			if parts[i], err = readPart(r); err != nil {
				return nil, err
			}
		}
		ops = append(ops, store.Op{Kind: store.OpKind(kind), Coll: string(parts[0]), ID: string(parts[1]), Rev: rev, Body: parts[2]})
	}
	return ops, nil
}

func readPart(r *bufio.Reader) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > 16<<20 {
		return nil, errSpool
	}
	if n == 0 {
		return nil, nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, errSpool
	}
	return b, nil
}

// spoolRecorder notes what is applied and applies it.
type spoolRecorder struct {
	store.Driver
	mu  sync.Mutex
	out *spool
}

// Apply notes ops first: one writer at a time, in the order of the calls.
func (r *spoolRecorder) Apply(ctx context.Context, ops []store.Op) error {
	r.mu.Lock()
	err := r.out.put(ops)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	return r.Driver.Apply(ctx, ops)
}
