package ingest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"xinyi/model"
	"xinyi/policy/compliance"
)

// draft is a batch being put together. Once it flies it is only read.
type draft struct {
	chunk  chunk
	batch  *model.ImportBatch
	landed chan error // tells how the write ended

	persons map[string]model.SubjectID // by blind index, those that the chunk met
	aliases map[string]model.SubjectID // by former code or registration number
	// files are those of every subject that the chunk met; the touched ones are the
	// draft's own, the others are shared.
	files   map[model.SubjectID]*model.SubjectFile
	touched map[model.SubjectID]bool
	before  map[model.SubjectID]*model.SubjectFile // of touched subjects
	order   []model.SubjectID                      // touched, by first appearance
	names   map[model.SubjectID]string
	renamed map[model.SubjectID]bool
	added   map[model.SubjectID][]*model.Record
	records map[model.SubjectID][]*model.Record // of touched subjects: all there are
	keys    map[string]bool                     // business keys that exist
	// corrections are rows that may correct what is known of their subject.
	corrections map[model.SubjectID][]placed
	// amended are the records of those subjects before some were corrected.
	amended map[model.SubjectID][]*model.Record
	stats   map[string]int // place in batch.Stats by id

	faults                                []Fault // what rows are rejected for
	warnings                              []Fault
	accepted, duplicate, rejected, warned int
}

func (d *draft) reject(it *item, by compliance.Check, column, code, reason string) {
	d.faults = append(d.faults, Fault{Line: it.line, Column: column, Code: code, Reason: reason, Check: string(by)})
	d.warnings = append(d.warnings, it.warned...)
	d.rejected++
}

func (d *draft) warn(list ...Fault) {
	if len(list) > 0 {
		d.warnings = append(d.warnings, list...)
		d.warned++
	}
}

// placed is an item whose subject is found.
type placed struct {
	*item
	subject model.SubjectID
	key     string // of a record
}

// draft puts the batch of a chunk together, on top of base if that is not nil.
func (r *run) draft(ctx context.Context, c chunk, base *draft) (*draft, error) {
	d := &draft{chunk: c, batch: &model.ImportBatch{Persons: map[string]model.SubjectID{}, Aliases: map[string]model.SubjectID{}},
		persons: map[string]model.SubjectID{}, aliases: map[string]model.SubjectID{}, files: map[model.SubjectID]*model.SubjectFile{},
		touched: map[model.SubjectID]bool{}, before: map[model.SubjectID]*model.SubjectFile{}, names: map[model.SubjectID]string{}, renamed: map[model.SubjectID]bool{},
		added: map[model.SubjectID][]*model.Record{}, records: map[model.SubjectID][]*model.Record{}, keys: map[string]bool{}, stats: map[string]int{},
		rejected: c.rejected}
	for _, f := range c.faults {
		if f.Warning {
			d.warnings = append(d.warnings, f)
		} else {
			d.faults = append(d.faults, f)
		}
	}
	if base == nil {
		base = &draft{}
	}
	if err := r.load(ctx, d, base); err != nil {
		return nil, err
	}
	list, err := r.identify(d)
	if err != nil {
		return nil, err
	}
	if err := r.known(ctx, d, base, list); err != nil {
		return nil, err
	}
	for _, p := range list {
		if err := r.add(d, p); err != nil {
			return nil, err
		}
	}
	byLine := func(a, b Fault) int { return a.Line - b.Line }
	slices.SortStableFunc(d.faults, byLine)
	slices.SortStableFunc(d.warnings, byLine)
	return d, r.refresh(ctx, d, base)
}

// load finds what the chunk is about: persons, organisations and their aliases.
func (r *run) load(ctx context.Context, d, base *draft) error {
	var indexes, codes []string
	var ids []model.SubjectID
	for _, it := range d.chunk.items {
		indexes = append(indexes, it.indexes...)
		if it.uscc != "" {
			ids = append(ids, model.SubjectID(it.uscc))
		}
		for _, code := range it.aliases() {
			codes, ids = append(codes, code), append(ids, model.SubjectID(code))
		}
	}
	var err error
	if d.persons, err = fetch(ctx, indexes, base.persons, r.im.Store.Persons); err != nil {
		return err
	}
	for _, id := range d.persons {
		ids = append(ids, id)
	}
	if err := r.loadFiles(ctx, d, base, ids); err != nil {
		return err
	}
	for _, it := range d.chunk.items {
		if it.uscc != "" && d.files[model.SubjectID(it.uscc)] == nil {
			codes = append(codes, it.uscc)
		}
	}
	if d.aliases, err = fetch(ctx, codes, base.aliases, r.im.Store.Aliases); err != nil {
		return err
	}
	ids = ids[:0]
	for _, id := range d.aliases {
		ids = append(ids, id)
	}
	return r.loadFiles(ctx, d, base, ids)
}

// fetch gives the values of keys, those that base has without asking for them.
func fetch[K ~string, V any](ctx context.Context, keys []K, base map[K]V, get func(context.Context, []K) (map[K]V, error)) (map[K]V, error) {
	slices.Sort(keys)
	have := map[K]V{}
	keys = slices.DeleteFunc(slices.Compact(keys), func(k K) bool {
		v, ok := base[k]
		if ok {
			have[k] = v
		}
		return ok
	})
	if len(keys) == 0 {
		return have, nil
	}
	found, err := get(ctx, keys)
	maps.Copy(have, found)
	return have, err
}

func (r *run) loadFiles(ctx context.Context, d, base *draft, ids []model.SubjectID) error {
	files, err := fetch(ctx, ids, base.files, r.im.Store.Files)
	for id, f := range files {
		if base.touched[id] {
			next := *f
			next.Rev++ // when base has landed
			f = &next
		}
		d.files[id] = f
	}
	return err
}

// identify goes through the items in order, finds or makes their subjects and takes in
// what rows say about a subject itself.
func (r *run) identify(d *draft) ([]placed, error) {
	list := make([]placed, 0, len(d.chunk.items))
	for _, it := range d.chunk.items {
		p := placed{item: it}
		if it.stat == nil {
			var ok bool
			var err error
			if p.subject, ok, err = r.subject(d, it); err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
		}
		if it.record != nil {
			p.key = businessKey(it.record, p.subject)
		}
		list = append(list, p)
	}
	return list, nil
}

// known finds out which business keys exist, if it is worth asking.
func (r *run) known(ctx context.Context, d, base *draft, list []placed) (err error) {
	var keys []string
	for _, p := range list {
		switch {
		case p.key == "":
		case base.keys[p.key]:
			d.keys[p.key] = true
		case (r.careful || r.im.Correct) && d.files[p.subject].Rev > 0: // a new subject has no facts
			keys = append(keys, p.key)
		}
	}
	found, err := fetch(ctx, keys, nil, r.im.Store.Known)
	maps.Copy(d.keys, found)
	return err
}

// add puts one item with its subject into the batch.
func (r *run) add(d *draft, p placed) error {
	switch {
	case p.stat != nil:
		d.addStat(p.stat)
	case p.record != nil && d.keys[p.key] && r.im.Correct:
		r.correct(d, p)
		return nil
	case p.record != nil && d.keys[p.key]:
		r.again(d, p)
		return nil
	case p.record != nil && d.declined(p):
		d.reject(p.item, compliance.OutsideList, "kind", "blocked", "当事人不同意归集其表彰、志愿服务、捐赠、见义勇为等信息（参照《深圳经济特区社会信用条例》第三十九条），不得归集。请删除该行。")
		return nil
	case p.record != nil:
		d.keys[p.key] = true
		if err := r.addRecord(d, p); err != nil {
			return err
		}
	case p.consent != nil && slices.ContainsFunc(d.files[p.subject].Consents, p.sameConsent):
		d.duplicate++
		return nil
	case p.consent != nil:
		f, c := d.touch(p.subject), *p.consent
		c.ID, c.Grantor = string(r.im.IDs.Record(p.subject)), p.subject
		f.Consents = append(f.Consents, c)
	}
	d.accepted++
	d.warn(p.warned...)
	return nil
}

// again takes a row whose fact is there already (E08): nothing is written twice.
func (r *run) again(d *draft, p placed) {
	column := "docNo"
	if p.record.DocNo == "" {
		column = "title"
	}
	const code, reason = "duplicate", "同一相对人、文号和机关的信息已经归集，本行没有重复写入；如需改动请提交更正。"
	if r.im.Compliance.Refuses(compliance.DuplicateKey) {
		d.reject(p.item, compliance.DuplicateKey, column, code, reason)
		return
	}
	d.duplicate++
	d.warn(append(slices.Clip(p.warned), Fault{Line: p.line, Column: column, Code: code, Reason: reason, Check: string(compliance.DuplicateKey), Warning: true})...)
}

// declined reports whether the subject asked not to have good deeds recorded.
func (d *draft) declined(p placed) bool {
	return (p.record.Kind == model.RecordHonor || p.record.Kind == model.RecordReward) && d.files[p.subject].DeedsOptOut
}

// addStat takes a distribution; of two with one name in a chunk the last one stands.
func (d *draft) addStat(s *model.RatingStat) {
	if i, ok := d.stats[s.ID]; ok {
		d.batch.Stats[i] = s
		return
	}
	d.stats[s.ID] = len(d.batch.Stats)
	d.batch.Stats = append(d.batch.Stats, s)
}

func (r *run) addRecord(d *draft, p placed) error {
	rec := p.record
	rec.ID, rec.Subject, rec.BusinessKey = r.im.IDs.Record(p.subject), p.subject, p.key
	rec.Batch, rec.ReceivedAt, rec.ReportedBy = r.job.ID, r.im.stamp(), r.im.reporter()
	if p.subject.IsPerson() && p.row.Content != "" {
		sealed, err := r.im.Sealer.Seal(model.SealRecord, string(rec.ID), []byte(p.row.Content))
		if err != nil {
			return err
		}
		rec.SealedContent = sealed
	}
	if p.subject.IsPerson() && len(p.row.Details) > 0 {
		if err := r.sealDetails(rec, p.row.Details); err != nil {
			return err
		}
	}
	d.touch(p.subject)
	d.added[p.subject] = append(d.added[p.subject], rec)
	d.batch.Records = append(d.batch.Records, rec)
	return nil
}

func (r *run) sealDetails(rec *model.Record, details []model.Detail) error {
	plain, err := json.Marshal(details)
	if err == nil {
		rec.SealedDetails, err = r.im.Sealer.Seal(model.SealDetails, string(rec.ID), plain)
	}
	return err
}

// touch makes the subject's file the draft's own and puts it into the batch.
func (d *draft) touch(id model.SubjectID) *model.SubjectFile {
	f := d.files[id]
	if d.touched[id] {
		return f
	}
	own := *f
	own.Consents = slices.Clone(f.Consents)
	d.before[id], d.files[id], d.touched[id], d.order = f, &own, true, append(d.order, id)
	return &own
}
