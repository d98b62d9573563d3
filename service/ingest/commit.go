package ingest

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/policy/summary"
)

// commitTries bounds the attempts after lost races on one batch.
const commitTries = 5

// run is one import under way.
type run struct {
	im      *Importer
	job     model.ImportJob
	started time.Time
	tell    func(Progress)
	result  Result
}

// commit writes one chunk in one batch.
func (r *run) commit(ctx context.Context, c chunk) error {
	if c.rows == 0 {
		return nil
	}
	var err error
	for range commitTries {
		var d *draft
		if d, err = r.draft(ctx, c); err != nil {
			return err
		}
		if err = r.write(ctx, d, c); err == nil {
			return nil
		}
		if !model.Is(err, model.CodeConflict) && !model.Is(err, model.CodeExists) {
			return err
		}
	}
	return err
}

func (r *run) write(ctx context.Context, d *draft, c chunk) error {
	now := r.im.Clock.Now()
	job := r.job
	job.Rows += c.rows
	job.Accepted += d.accepted
	job.Duplicate += d.duplicate
	rejected := len(lines(c.faults)) + d.rejected
	job.Rejected += rejected
	job.UpdatedAt = now.UTC().Truncate(time.Millisecond)
	d.batch.Job = job
	entry, err := r.im.Auditor.Begin(r.event("import.batch", strconv.Itoa(job.Rows)))
	if err != nil {
		return err
	}
	d.batch.Audit = entry
	err = r.im.Store.Commit(ctx, d.batch)
	r.im.Auditor.End(entry, err)
	if err != nil {
		return err
	}
	job.Rev++ // as the store counts it
	r.job = job
	r.count(c, d, rejected)
	return nil
}

func (r *run) count(c chunk, d *draft, rejected int) {
	p := &r.result.Progress
	p.Rows += c.rows
	p.Accepted += d.accepted
	p.Duplicate += d.duplicate
	p.Rejected += rejected
	p.Elapsed = r.im.Clock.Now().Sub(r.started)
	for _, f := range slices.Concat(c.faults, d.faults) {
		if len(r.result.Faults) < maxFaults {
			r.result.Faults = append(r.result.Faults, f)
		}
	}
	if r.tell != nil {
		r.tell(*p)
	}
}

// lines gives the distinct lines of faults: a row may have several.
func lines(faults []Fault) map[int]bool {
	m := make(map[int]bool, len(faults))
	for _, f := range faults {
		m[f.Line] = true
	}
	return m
}

// finish marks the job done, audited per file.
func (r *run) finish(ctx context.Context) error {
	if r.job.Done {
		return nil
	}
	job := r.job
	job.Done, job.UpdatedAt = true, r.im.Clock.Now().UTC().Truncate(time.Millisecond)
	entry, err := r.im.Auditor.Begin(r.event("import.file", strconv.Itoa(job.Rows)))
	if err != nil {
		return err
	}
	err = r.im.Store.Commit(ctx, &model.ImportBatch{Job: job, Audit: entry})
	r.im.Auditor.End(entry, err)
	return err
}

func (r *run) event(action, outcome string) model.AuditEvent {
	a := r.im.Actor
	return model.AuditEvent{At: r.im.Clock.Now(), ActorID: a.ID, ActorRole: a.Role, Unit: a.Unit, UnitName: a.UnitName,
		Action: action, Outcome: outcome, Ref: r.job.ID}
}

// draft is a batch being put together.
type draft struct {
	batch     *model.ImportBatch
	files     map[model.SubjectID]*model.SubjectFile
	isNew     map[model.SubjectID]bool
	added     map[model.SubjectID][]*model.Record
	names     map[model.SubjectID]string // of persons, opened once
	touched   []model.SubjectID          // in order of first appearance
	faults    []Fault
	accepted  int
	duplicate int
	rejected  int
}

func (d *draft) reject(it *item, column, code, reason string) {
	d.faults = append(d.faults, Fault{Line: it.line, Column: column, Code: code, Reason: reason})
	d.rejected++
}

// draft resolves the subjects of a chunk and puts its batch together.
func (r *run) draft(ctx context.Context, c chunk) (*draft, error) {
	d := &draft{batch: &model.ImportBatch{Persons: map[string]model.SubjectID{}, Aliases: map[string]model.SubjectID{}},
		isNew: map[model.SubjectID]bool{}, names: map[model.SubjectID]string{}, added: map[model.SubjectID][]*model.Record{}}
	subjects, err := r.resolve(ctx, c.items, d)
	if err != nil {
		return nil, err
	}
	known, err := r.known(ctx, c.items, subjects)
	if err != nil {
		return nil, err
	}
	for i, it := range c.items {
		if err := r.place(d, it, subjects[i], known); err != nil {
			return nil, err
		}
	}
	return d, r.refresh(ctx, d)
}

// resolve finds the subject of every item and reads the files; a person seen for the
// first time gets a new id.
func (r *run) resolve(ctx context.Context, items []*item, d *draft) ([]model.SubjectID, error) {
	var indexes []string
	for _, it := range items {
		indexes = append(indexes, it.indexes...)
	}
	slices.Sort(indexes)
	persons, err := r.im.Store.Persons(ctx, slices.Compact(indexes))
	if err != nil {
		return nil, err
	}
	subjects := make([]model.SubjectID, len(items))
	for i, it := range items {
		subjects[i] = r.subjectOf(it, persons, d)
	}
	ids := slices.Clone(subjects)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id model.SubjectID) bool { return id == "" || d.isNew[id] })
	d.files, err = r.im.Store.Files(ctx, ids)
	return subjects, err
}

func (r *run) subjectOf(it *item, persons map[string]model.SubjectID, d *draft) model.SubjectID {
	if len(it.indexes) == 0 {
		return model.SubjectID(it.uscc)
	}
	for _, index := range it.indexes {
		if id, ok := persons[index]; ok {
			return id
		}
	}
	id := r.im.IDs.Person()
	persons[it.indexes[0]] = id
	d.isNew[id] = true
	d.batch.Persons[it.indexes[0]] = id
	return id
}

func (r *run) known(ctx context.Context, items []*item, subjects []model.SubjectID) (map[string]bool, error) {
	var keys []string
	for i, it := range items {
		if it.record == nil || subjects[i] == "" {
			continue
		}
		it.record.Subject = subjects[i]
		it.record.BusinessKey = businessKey(it.record)
		keys = append(keys, it.record.BusinessKey)
	}
	return r.im.Store.Known(ctx, keys)
}

// place puts one item into the draft.
func (r *run) place(d *draft, it *item, id model.SubjectID, known map[string]bool) error {
	if it.stat != nil {
		d.batch.Stats = append(d.batch.Stats, it.stat)
		d.accepted++
		return nil
	}
	f, ok, err := r.fileFor(d, it, id)
	if err != nil || !ok {
		return err
	}
	switch {
	case it.record != nil && known[it.record.BusinessKey]:
		d.duplicate++
		return nil
	case it.record != nil:
		known[it.record.BusinessKey] = true
		if err := r.addRecord(d, it, f); err != nil {
			return err
		}
	case it.consent != nil:
		it.consent.ID, it.consent.Grantor = string(r.im.IDs.Record(id)), id
		f.Consents = append(f.Consents, *it.consent)
	}
	d.touch(id)
	d.accepted++
	return nil
}

func (d *draft) touch(id model.SubjectID) {
	if _, ok := d.added[id]; !ok {
		d.added[id] = nil
		d.touched = append(d.touched, id)
	}
}

// fileFor gives the subject's file, made or updated by what the row says about the
// subject itself. ok is false when the row was rejected.
func (r *run) fileFor(d *draft, it *item, id model.SubjectID) (*model.SubjectFile, bool, error) {
	f := d.files[id]
	if it.uscc != "" {
		return r.organisation(d, it, id, f)
	}
	if f == nil {
		f = &model.SubjectFile{ID: id, Kind: model.KindNaturalPerson, Adult: true}
		plain, err := json.Marshal(it.identity)
		if err != nil {
			return nil, false, err
		}
		if f.Identity, err = r.im.Sealer.Seal(model.SealIdentity, string(id), plain); err != nil {
			return nil, false, err
		}
		d.files[id], d.names[id] = f, it.identity.Name
	}
	name, err := r.nameOf(d, f)
	if err != nil {
		return nil, false, err
	}
	if name != it.identity.Name {
		d.reject(it, "name", "name_mismatch", "姓名与该身份号码已登记的姓名不一致，请核对。")
		return nil, false, nil
	}
	if it.file != nil {
		f = own(d, f)
		f.Division, f.LevelOptIn = it.file.Division, it.file.LevelOptIn
	}
	return f, true, nil
}

// nameOf opens a person's name once per draft.
func (r *run) nameOf(d *draft, f *model.SubjectFile) (string, error) {
	if name, ok := d.names[f.ID]; ok {
		return name, nil
	}
	var identity model.PersonIdentity
	plain, err := r.im.Sealer.Open(model.SealIdentity, string(f.ID), f.Identity)
	if err != nil {
		return "", err
	}
	err = json.Unmarshal(plain, &identity)
	d.names[f.ID] = identity.Name
	return identity.Name, err
}

func (r *run) organisation(d *draft, it *item, id model.SubjectID, f *model.SubjectFile) (*model.SubjectFile, bool, error) {
	if it.file == nil {
		if f == nil {
			d.reject(it, "uscc", "unknown_subject", "法人库中没有该统一社会信用代码，请先导入主体登记信息。")
			return nil, false, nil
		}
		if name := it.row.Name; name != "" && name != f.Name && !slices.Contains(f.FormerNames, name) {
			d.reject(it, "name", "name_mismatch", "名称与该统一社会信用代码登记的名称不一致，请核对。")
			return nil, false, nil
		}
		return own(d, f), true, nil
	}
	if f == nil {
		f = it.file
		d.isNew[id] = true
		d.files[id] = f
	} else {
		f = own(d, f)
		f.Kind, f.Name, f.FormerNames, f.FormerCodes, f.Registration =
			it.file.Kind, it.file.Name, it.file.FormerNames, it.file.FormerCodes, it.file.Registration
	}
	for _, code := range f.FormerCodes {
		d.batch.Aliases[code] = id
	}
	if f.Registration.RegNo != "" {
		d.batch.Aliases[f.Registration.RegNo] = id
	}
	return f, true, nil
}

// own makes the file this draft's own copy: files from the store are shared.
func own(d *draft, f *model.SubjectFile) *model.SubjectFile {
	if _, touched := d.added[f.ID]; touched || d.isNew[f.ID] {
		return f
	}
	c := *f
	c.Consents = slices.Clone(f.Consents)
	d.files[f.ID] = &c
	return &c
}

func (r *run) addRecord(d *draft, it *item, f *model.SubjectFile) error {
	rec := it.record
	rec.ID = r.im.IDs.Record(f.ID)
	rec.Batch, rec.ReceivedAt = r.job.ID, r.im.Clock.Now().UTC().Truncate(time.Millisecond)
	if f.ID.IsPerson() && it.row.Content != "" {
		sealed, err := r.im.Sealer.Seal(model.SealRecord, string(rec.ID), []byte(it.row.Content))
		if err != nil {
			return err
		}
		rec.SealedContent = sealed
	}
	d.touch(f.ID)
	d.added[f.ID] = append(d.added[f.ID], rec)
	d.batch.Records = append(d.batch.Records, rec)
	if rec.Kind == model.RecordListEntry && !f.ID.IsPerson() {
		d.batch.Lists = append(d.batch.Lists, listEntry(f, rec))
	}
	return nil
}

func listEntry(f *model.SubjectFile, rec *model.Record) *model.ListEntry {
	_, tail, _ := strings.Cut(string(rec.ID), "/")
	return &model.ListEntry{ID: string(rec.List) + "/" + string(f.ID) + "/" + tail, Kind: rec.List, USCC: string(f.ID), Name: f.Name,
		Title: rec.Title, Authority: rec.Authority, Basis: rec.LegalBasis, From: rec.DecisionDate, Until: rec.ValidTo,
		DisplayEnds: rec.DisplayEnds, Disputed: rec.Disputed, RecordID: rec.ID}
}

// refresh sets the summaries of all touched files from all their records.
func (r *run) refresh(ctx context.Context, d *draft) error {
	now := r.im.Clock.Now()
	for _, id := range d.touched {
		f := d.files[id]
		records := d.added[id]
		if f.Rev > 0 {
			old, err := r.im.Store.RecordsOf(ctx, id)
			if err != nil {
				return err
			}
			records = slices.Concat(old, records)
		}
		if err := summary.Refresh(f, records, r.im.Judge, now); err != nil {
			return err
		}
		d.batch.Files = append(d.batch.Files, f)
	}
	return nil
}
