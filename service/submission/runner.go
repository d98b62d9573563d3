package submission

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"log/slog"
	"os"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
)

// Leases make one process work on a submission at a time.
type Leases interface {
	// Hold takes the lease name and keeps it until release: CodeConflict if another holds
	// it. The context ends when the lease is lost.
	Hold(ctx context.Context, name string) (held context.Context, release func(), err error)
}

// Runner works through the queue. All fields but Busy, Ticks and Log are required.
type Runner struct {
	Service *Service
	Leases  Leases
	// Importer gives what the rows of a submission are brought in by, under the rules of the
	// day; its Actor is set here.
	Importer func() *ingest.Importer
	// Dir is where files are put together; nothing in it has a name for long.
	Dir string
	// Busy is told when a file is about to be read, and by what it returns when that is
	// over; nil = nobody is.
	Busy func() (over func())
	// Ticks drives Run; nil = a ticker.
	Ticks <-chan time.Time
	Log   *slog.Logger

	wake chan struct{}
}

const (
	lookEvery = 2 * time.Second
	lookAt    = 200 // submissions of one look: those that wait for a retry stand among them
	// maxAttempts bounds the runs that ended neither way: a file that brings a process down
	// does not bring down one after the other.
	maxAttempts = 8
	// A run that failed for want of the store, the audit log or the disk is tried again, with
	// growing pauses, as long as its file is kept.
	retryMin = 5 * time.Second
	retryMax = 10 * time.Minute
)

// NewRunner completes r.
func NewRunner(r Runner) *Runner {
	r.wake = make(chan struct{}, 1)
	return &r
}

// Wake makes Run look now.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	ticks := r.Ticks
	if ticks == nil {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		if err := r.Work(ctx); err != nil && ctx.Err() == nil && r.Log != nil {
			r.Log.Warn("submissions not worked through", "code", string(model.CodeOf(err)))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		case <-r.wake:
		}
	}
}

// Work takes the submissions that are queued now and that nobody else holds.
func (r *Runner) Work(ctx context.Context) error {
	subs, err := r.Service.Store.Queued(ctx, lookAt)
	if err != nil {
		return err
	}
	var errs []error
	for _, sub := range subs {
		if err := r.one(ctx, sub); err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func (r *Runner) one(ctx context.Context, found *model.Submission) error {
	if found.RetryAt.After(r.now()) {
		return nil
	}
	held, release, err := r.Leases.Hold(ctx, "submission/"+found.No)
	if model.Is(err, model.CodeConflict) {
		return nil // somebody else works on it
	}
	if err != nil {
		return err
	}
	defer release()
	sub, err := r.Service.Store.Submission(held, found.Unit, found.No)
	if err != nil || sub.Queue == "" || sub.RetryAt.After(r.now()) {
		return err
	}
	if sub.Attempts >= maxAttempts {
		return r.finish(held, sub, errNeverEnds)
	}
	if err = r.begin(held, sub); err != nil {
		return err
	}
	if r.Busy != nil {
		defer r.Busy()()
	}
	err = r.run(held, sub)
	if held.Err() != nil || err != nil && !final(err) {
		r.later(held, sub)
		return err // it stays queued
	}
	return r.finish(held, sub, err)
}

var errNeverEnds = errors.New("submission: no run told its end")

// final reports whether another try would end the same way.
func final(err error) bool { return model.Is(err, model.CodeInvalidRequest) }

// later gives the attempt back, for the process lives, and has the next one wait, unless
// this one was only told to stop. Where that cannot be written the attempt stays counted.
func (r *Runner) later(ctx context.Context, sub *model.Submission) {
	sub.Attempts--
	if ctx.Err() == nil {
		sub.Status, sub.RetryAt = model.SubmissionReceived, r.now().Add(min(retryMin<<min(sub.Failures, 10), retryMax))
		sub.Failures++
	}
	if err := r.Service.Store.Save(context.WithoutCancel(ctx), sub); err != nil && r.Log != nil {
		r.Log.Warn("submission's next try not noted", "submission", sub.No, "code", string(model.CodeOf(err)))
	}
}

func (r *Runner) begin(ctx context.Context, sub *model.Submission) error {
	job, err := r.Service.Store.Job(ctx, sub.No)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return err
	}
	sub.Status, sub.Attempts = model.SubmissionRunning, sub.Attempts+1
	sub.RunAt, sub.RunRows = r.now(), job.Rows
	return r.Service.Store.Save(ctx, sub)
}

func (r *Runner) now() time.Time { return r.Service.Clock.Now().UTC().Truncate(time.Millisecond) }

// finish writes how it ended and lets the file go.
func (r *Runner) finish(ctx context.Context, sub *model.Submission, err error) error {
	sub.Status, sub.Queue, sub.FinishedAt = model.SubmissionDone, "", r.now()
	if err != nil {
		sub.Status, sub.Reason = model.SubmissionFailed, "文件多次处理失败，请稍后重新提交；如仍不成功，请联系信用办。"
		var e *model.Error
		if errors.As(err, &e) && final(err) {
			sub.Reason = e.Detail
		} else if r.Log != nil {
			r.Log.Error("submission given up", "submission", sub.No, "code", string(model.CodeOf(err)), "error", err.Error())
		}
	}
	if err := r.Service.Store.Save(ctx, sub); err != nil {
		return err
	}
	return r.Service.Store.DropParts(ctx, sub.No)
}

// run imports the file.
func (r *Runner) run(ctx context.Context, sub *model.Submission) error {
	f, err := r.Service.Forms.Of(sub.Kind)
	if err != nil {
		return err
	}
	file, err := r.assemble(ctx, sub)
	if err != nil {
		return err
	}
	rows, closer, err := ingest.Open(file, r.Dir, sub.Format, layout(f))
	if err != nil {
		return err
	}
	defer closer.Close()
	if sheet, ok := rows.(interface {
		Columns() []string
		Total() int64
	}); ok {
		sub.Columns = sheet.Columns()
		if sub.Lines == 0 {
			sub.Lines = sheet.Total()
		}
		if err := r.Service.Store.Save(ctx, sub); err != nil {
			return err
		}
	}
	im := r.Importer()
	im.Actor = model.Principal{ID: sub.By, Role: model.RoleDepartment, Unit: sub.Unit, UnitName: sub.UnitName}
	im.Correct, im.Named = sub.Mode == model.SubmissionCorrection, true
	_, err = im.Import(ctx, sub.No, sub.FileName, ownRows{rows, sub, f}, nil)
	return err
}

// assemble puts the file of a submission together.
func (r *Runner) assemble(ctx context.Context, sub *model.Submission) (*os.File, error) {
	file, err := ingest.NamelessFile(r.Dir)
	if err != nil {
		return nil, err
	}
	if err = r.fill(ctx, sub, file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func (r *Runner) fill(ctx context.Context, sub *model.Submission, file *os.File) error {
	digest := sha256.New()
	for n := range sub.Parts {
		if err := r.part(ctx, partID(sub.No, n), file, digest); err != nil {
			return err
		}
	}
	if hex.EncodeToString(digest.Sum(nil)) != sub.Digest {
		return model.Errorf(model.CodeInvalidRequest, "文件没有完整保存，请重新提交。")
	}
	_, err := file.Seek(0, io.SeekStart)
	return err
}

func (r *Runner) part(ctx context.Context, id string, to io.Writer, digest hash.Hash) error {
	sealed, err := r.Service.Store.Part(ctx, id)
	if model.Is(err, model.CodeNotFound) {
		return model.Errorf(model.CodeInvalidRequest, "文件已过保存期限，请重新提交。")
	}
	if err != nil {
		return err
	}
	plain, err := r.Service.Sealer.Open(model.SealUpload, id, sealed)
	if err != nil {
		return err
	}
	digest.Write(plain)
	_, err = to.Write(plain)
	return err
}
