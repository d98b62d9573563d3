package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/submission"
	"xinyi/store"
)

// submissionLease is how long a submission rests when the process dies that worked on it.
const submissionLease = 30 * time.Second

func uploadsDir(data string) string { return filepath.Join(data, "uploads") }

// spool gives a file without a name for what is uploaded or put together.
func (p *platform) spool() (*os.File, error) {
	return ingest.NamelessFile(uploadsDir(p.cfg.Data))
}

// openSubmissions wires the desk of departments and its worker.
func (s *services) openSubmissions(p *platform) error {
	if err := os.MkdirAll(uploadsDir(p.cfg.Data), 0o700); err != nil {
		return err
	}
	repo := store.NewSubmissions(p.subjects)
	s.submission = &submission.Service{Store: repo, Records: repo, Sealer: p.vault, Auditor: p.audit, Forms: p.forms, Calendar: p.calendar, Judge: p.judge,
		IDs: p.ids, Clock: p.clock, Quality: p.countedToday,
		NoticeDays: func(kind model.ListKind, day model.Date) int {
			rule, _ := p.measures.List(kind, day) // of a list that is no longer in force: for a day
			return rule.NoticeDays
		}}
	s.submitted = submission.NewRunner(submission.Runner{Service: s.submission, Importer: p.submissionImporter, Dir: uploadsDir(p.cfg.Data), Log: p.log, Busy: collectOften,
		Leases: submissionLeases{store.NewLeases(p.driver, p.clock, 2*time.Second), holderName()}})
	s.submission.Wake = s.submitted.Wake
	return nil
}

// submissionRows is how many rows of a submission one commit takes: the rows of a department
// are scattered over subjects, all of whose records are in memory meanwhile.
const submissionRows = 500

// submissionImporter brings in rows beside look-ups.
func (p *platform) submissionImporter() *ingest.Importer {
	im := p.importer()
	im.BatchRows = submissionRows
	im.Workers = max(1, runtime.GOMAXPROCS(0)/2) // people wait for the others
	return im
}

// submissionLeases are held by this process.
type submissionLeases struct {
	leases *store.Leases
	holder string
}

func (l submissionLeases) Hold(ctx context.Context, name string) (context.Context, func(), error) {
	return l.leases.Hold(ctx, name, l.holder, submissionLease)
}
