package ingest

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync"

	"xinyi/model"
)

// chunk is a run of consecutive rows, prepared.
type chunk struct {
	rows     int // rows read, good and bad
	items    []*item
	faults   []Fault
	rejected int   // rows with faults
	err      error // reading ended with it; the rows before it stand
}

// RowError rejects one line that could not be read; reading may go on.
type RowError struct{ Fault Fault }

func (e *RowError) Error() string { return "row: " + e.Fault.Code }

type lineRow struct {
	line int
	row  *Row
}

// chunks reads rows in order, prepares chunks of them side by side and gives the chunks
// in file order. The first skip rows are read and dropped: an earlier run did them.
func (im *Importer) chunks(ctx context.Context, r Reader, skip int) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		type work struct {
			rows []lineRow
			pre  chunk // what reading already knows
			out  chan chunk
		}
		todo := make(chan work)
		order := make(chan chan chunk, im.workers())
		for range im.workers() {
			wg.Go(func() {
				for w := range todo {
					w.out <- im.prepareAll(w.rows, w.pre)
				}
			})
		}
		wg.Go(func() {
			defer close(order)
			defer close(todo)
			for more := true; more; {
				var w work
				w.rows, w.pre, more = readChunk(r, im.batchRows(), &skip)
				w.out = make(chan chunk, 1)
				select {
				case order <- w.out:
				case <-ctx.Done():
					return
				}
				select {
				case todo <- w:
				case <-ctx.Done():
					w.out <- chunk{err: ctx.Err()}
					return
				}
			}
		})
		for out := range order {
			if c := <-out; !yield(c) {
				return
			}
		}
	}
}

// readChunk reads up to n rows; more is false at the end of the file or on an error.
func readChunk(r Reader, n int, skip *int) (rows []lineRow, pre chunk, more bool) {
	rows = make([]lineRow, 0, n)
	var free slab[Row]
	for pre.rows < n {
		row := free.next()
		line, err := r.Next(row)
		var bad *RowError
		switch {
		case errors.Is(err, io.EOF):
			return rows, pre, false
		case err != nil && !errors.As(err, &bad):
			pre.err = err
			return rows, pre, false
		case *skip > 0:
			*skip--
			continue
		case bad != nil:
			pre.faults = append(pre.faults, bad.Fault)
			pre.rejected++
		default:
			rows = append(rows, lineRow{line, row})
		}
		pre.rows++
	}
	return rows, pre, true
}

func (im *Importer) prepareAll(rows []lineRow, c chunk) chunk {
	c.items = make([]*item, 0, len(rows))
	k := &clerk{im: im, today: model.DateOf(im.Clock.Now()), people: map[string]person{}}
	for _, lr := range rows {
		it, faults := k.prepare(lr.line, lr.row)
		if it == nil {
			c.faults = append(c.faults, faults...)
			c.rejected++
			continue
		}
		c.items = append(c.items, it)
	}
	return c
}
