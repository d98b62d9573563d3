package ingest

import (
	"context"
	"strconv"
	"time"

	"xinyi/model"
)

// commitTries bounds the attempts after lost races on one batch.
const commitTries = 5

// run is one import under way.
type run struct {
	im      *Importer
	job     model.ImportJob // as of the last batch that landed
	started time.Time
	tell    func(Progress)
	result  Result
	// flying is the batch being written while the next one is drafted.
	flying *draft
	// careful asks for the known business keys before a batch, as long as batches have
	// duplicates; else the store's refusal of the batch tells.
	careful bool
}

// all takes the file chunk by chunk. What is in flight at the end, good or bad, lands.
func (r *run) all(ctx context.Context, from Reader) (err error) {
	for c := range r.im.chunks(ctx, from, r.job.Rows) {
		if err = c.err; err == nil {
			err = r.take(ctx, c)
		}
		if err != nil {
			break
		}
	}
	if _, landed := r.land(ctx); err == nil {
		err = landed
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// take drafts a chunk on top of the batch in flight and sends it after that one.
func (r *run) take(ctx context.Context, c chunk) error {
	if c.rows == 0 {
		return nil
	}
	if r.im.Correct { // what is corrected must be there as it will be
		if _, err := r.land(ctx); err != nil {
			return err
		}
	}
	d, err := r.draft(ctx, c, r.flying)
	again, landed := r.land(ctx)
	if landed != nil {
		return landed
	}
	if again { // what d was drafted on never came to be
		d, err = r.draft(ctx, c, nil)
	}
	if err != nil {
		return err
	}
	r.flying = d
	d.landed = make(chan error, 1)
	// A cancelled import still knows how its last batch ended.
	go func() { d.landed <- r.write(context.WithoutCancel(ctx), d) }()
	return nil
}

// land waits for the batch in flight. again says that it was drafted anew.
func (r *run) land(ctx context.Context) (again bool, err error) {
	d := r.flying
	if d == nil {
		return false, nil
	}
	r.flying = nil
	err = <-d.landed
	for try := 1; lostRace(err) && try < commitTries; try++ {
		again, r.careful = true, true
		if d, err = r.draft(ctx, d.chunk, nil); err == nil {
			err = r.write(ctx, d)
		}
	}
	if err != nil {
		return again, err
	}
	r.settle(d)
	return again, nil
}

func lostRace(err error) bool {
	return model.Is(err, model.CodeConflict) || model.Is(err, model.CodeExists)
}

// write commits one batch with the job's new position. It changes nothing of r.
func (r *run) write(ctx context.Context, d *draft) error {
	r.complete(d)
	return r.commit(ctx, d.batch, "import.batch")
}

// complete puts the job's new position, the faults and the counters into a batch.
func (r *run) complete(d *draft) {
	job := &d.batch.Job
	*job = r.job
	job.Rows += d.chunk.rows
	job.Accepted += d.accepted
	job.Duplicate += d.duplicate
	job.Rejected += d.rejected
	job.Warned += d.warned
	job.UpdatedAt = r.im.stamp()
	d.batch.Faults = nil
	if r.job.Rejected < maxFaults {
		d.batch.Faults = faultsOf(job.ID, d.faults, 0)
	}
	if r.job.Warned < maxFaults {
		d.batch.Faults = append(d.batch.Faults, faultsOf(job.ID, d.warnings, firstWarning)...)
	}
	d.batch.Quality = r.count(d)
}

// firstWarning numbers the warnings of a line behind its refusals.
const firstWarning = 0x80

// faultsOf gives the documents of a batch's faults, numbered within their lines.
func faultsOf(job string, faults []Fault, first int) []*Fault {
	var list []*Fault
	line, n := 0, first
	for _, f := range faults {
		if n++; f.Line != line {
			line, n = f.Line, first
		}
		f.ID = faultID(job, f.Line, n)
		list = append(list, &f)
	}
	return list
}

func faultID(job string, line, n int) string {
	id := append([]byte(job), '/')
	id = append(model.AppendHex(id, uint64(line), 8), '/')
	return string(model.AppendHex(id, uint64(n), 2))
}

// commit writes a batch with its audit entry.
func (r *run) commit(ctx context.Context, b *model.ImportBatch, action string) error {
	a := r.im.Actor
	entry, err := r.im.Auditor.Begin(model.AuditEvent{At: r.im.Clock.Now(), ActorID: a.ID, ActorRole: a.Role, Unit: a.Unit, UnitName: a.UnitName,
		Action: action, Outcome: strconv.Itoa(b.Job.Rows), Ref: b.Job.ID})
	if err != nil {
		return err
	}
	b.Audit = entry
	err = r.im.Store.Commit(ctx, b)
	r.im.Auditor.End(entry, err)
	return err
}

// settle counts a batch that is durable.
func (r *run) settle(d *draft) {
	r.job = d.batch.Job
	r.job.Rev++ // as the store counts it
	r.careful = d.duplicate > 0
	p := &r.result.Progress
	p.Rows += d.chunk.rows
	p.Accepted += d.accepted
	p.Duplicate += d.duplicate
	p.Rejected += d.rejected
	p.Warned += d.warned
	p.Elapsed = r.im.Clock.Now().Sub(r.started)
	if r.tell != nil {
		r.tell(*p)
	}
}

// finish marks the job done, audited per file.
func (r *run) finish(ctx context.Context) error {
	job := r.job
	job.Done, job.UpdatedAt = true, r.im.stamp()
	if err := r.commit(ctx, &model.ImportBatch{Job: job}, "import.file"); err != nil {
		return err
	}
	job.Rev++
	r.job = job
	return nil
}

func (im *Importer) stamp() time.Time { return im.Clock.Now().UTC().Truncate(time.Millisecond) }
