package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"xinyi/model"
)

// exportPage is how many records one batch looks at.
const exportPage = 200

// Exported is what one call of Export brought about.
type Exported struct {
	Packages []string `json:"packages"` // numbers of those closed now
	Rows     int      `json:"rows"`
	Held     int      `json:"held"` // not sent: something is missing
}

// Export reports what changed since the last time, in packages: every permit and penalty
// once, and again when it says something else or was withdrawn. It can be interrupted at
// any point and goes on there. CodeConflict when another process exports, too.
func (s *Service) Export(ctx context.Context, by string) (done Exported, err error) {
	st, err := s.Store.State(ctx)
	if err != nil {
		return done, err
	}
	for more := true; more; {
		next := st
		next.Rows = maps.Clone(st.Rows)
		var records []*model.Record
		if records, more, err = s.Store.Next(ctx, &next, exportPage); err != nil {
			return done, err
		}
		if more {
			if err := s.fill(ctx, by, &next, records, &done); err != nil {
				return done, err
			}
		}
		st = next
		if n := total(st.Rows); n > 0 && (!more || n+exportPage > s.maxRows()) {
			p, err := s.closePackage(ctx, by, &st)
			if err != nil {
				return done, err
			}
			done.Packages = append(done.Packages, p.ID)
		}
	}
	return done, nil
}

func total(rows map[string]int) (n int) {
	for _, of := range rows {
		n += of
	}
	return n
}

// number writes a package's number.
func number(n int) string { return fmt.Sprintf("%08d", n) }

func rowID(pkg, file string, line int) string { return fmt.Sprintf("%s/%s/%06d", pkg, file, line) }

func heldID(r model.RecordID) string { return "held/" + string(r) }

// fill puts the lines of records into the open package, together with the new position.
func (s *Service) fill(ctx context.Context, by string, st *model.ExchangeState, records []*model.Record, done *Exported) error {
	b := &model.ExchangeBatch{State: st}
	if st.Rows == nil {
		st.Rows = map[string]int{}
	}
	acts, err := s.acts(ctx, records)
	if err != nil {
		return err
	}
	before, err := s.before(ctx, records)
	if err != nil {
		return err
	}
	var persons []model.SubjectID
	rows, held := 0, 0
	for _, a := range acts {
		row, err := s.row(b, st, a, before)
		if err != nil {
			return err
		}
		switch {
		case row == nil:
			continue
		case row.Status == model.ExchangeHeld:
			held++
		default:
			rows++
			if a.person() {
				persons = append(persons, a.record.Subject)
			}
		}
	}
	ev := s.event(by, "upstream.export", number(st.Package), fmt.Sprint(rows))
	ev.Subjects, ev.Purpose, ev.Shown = unique(persons), model.PurposeOther, []string{"双公示"}
	if rows == 0 && held == 0 {
		return s.Store.Commit(ctx, b)
	}
	if err := s.commit(ctx, b, ev); err != nil {
		return err
	}
	done.Rows, done.Held = done.Rows+rows, done.Held+held
	return nil
}

func unique(ids []model.SubjectID) (out []model.SubjectID) {
	seen := map[model.SubjectID]bool{}
	for _, id := range ids {
		if !seen[id] {
			seen[id], out = true, append(out, id)
		}
	}
	return out
}

// past is what was sent of the records before, and the rows it was sent as or held.
type past struct {
	sent map[string]*model.ExchangeSent
	rows map[string]*model.ExchangeRow
}

func (s *Service) before(ctx context.Context, records []*model.Record) (p past, err error) {
	var ids []string
	for _, r := range records {
		ids = append(ids, string(r.ID))
	}
	if p.sent, err = s.Store.Sent(ctx, ids); err != nil {
		return p, err
	}
	var rows []string
	for _, r := range records {
		rows = append(rows, heldID(r.ID))
	}
	for _, sent := range p.sent {
		rows = append(rows, sent.Row)
	}
	p.rows, err = s.Store.Rows(ctx, rows)
	return p, err
}

const macPurpose = "exchange"

// row puts one act into the batch; nil when the platform has it already, or never heard of
// what was withdrawn.
func (s *Service) row(b *model.ExchangeBatch, st *model.ExchangeState, a *act, before past) (*model.ExchangeRow, error) {
	r := a.record
	sent, held := before.sent[string(r.ID)], before.rows[heldID(r.ID)]
	withdrawn := r.WithdrawnOn != "" || r.Finality == model.FinalityRevoked
	file := map[model.RecordKind]string{model.RecordPermit: filePermits, model.RecordPenalty: filePenalties}[r.Kind]
	if withdrawn {
		file = fileWithdrawals
		if sent == nil || sent.Withdrawn {
			if held != nil {
				b.Gone = append(b.Gone, held)
			}
			return nil, nil
		}
	}
	cells, missing := line(file, a)
	if len(missing) > 0 {
		return s.hold(b, a, held, missing), nil
	}
	text, err := json.Marshal(append([]string{file}, cells...))
	if err != nil {
		return nil, err
	}
	if sent != nil && s.Vault.CheckMAC(macPurpose, text, sent.MAC) {
		if held != nil { // held back for a while, it is again what the platform has
			b.Gone = append(b.Gone, held)
		}
		return nil, nil
	}
	st.Rows[file]++
	row := &model.ExchangeRow{ID: rowID(number(st.Package), file, st.Rows[file]), Status: model.ExchangeSentOut}
	about(row, r, s.Clock)
	if row.Cells, err = s.Vault.Seal(model.SealExchange, row.ID, text); err != nil {
		return nil, err
	}
	mac, err := s.Vault.MAC(macPurpose, text)
	if err != nil {
		return nil, err
	}
	b.Rows = append(b.Rows, row)
	next := &model.ExchangeSent{ID: string(r.ID), Row: row.ID, MAC: mac, Withdrawn: withdrawn}
	if sent != nil {
		next.Rev = sent.Rev
		if old := before.rows[sent.Row]; old != nil {
			replaced := *old
			replaced.Replaced = true
			replaced.Await()
			b.Rows = append(b.Rows, &replaced)
		}
	}
	b.Sent = append(b.Sent, next)
	if held != nil {
		b.Gone = append(b.Gone, held)
	}
	return row, nil
}

// about says whose the row is, without data of a person.
func about(row *model.ExchangeRow, r *model.Record, clock model.Clock) {
	row.Record, row.Unit, row.UnitName, row.Since = r.ID, r.SourceUSCC, r.Source, model.DateOf(clock.Now())
	if row.Unit == "" {
		row.Unit, row.UnitName = r.AuthorityUSCC, r.Authority
	}
	if !r.Subject.IsPerson() {
		row.USCC, row.Title = r.Subject, r.Title
	}
}

// hold keeps back what the standard would refuse, and tells its unit what is missing.
func (s *Service) hold(b *model.ExchangeBatch, a *act, held *model.ExchangeRow, missing []string) *model.ExchangeRow {
	row := &model.ExchangeRow{ID: heldID(a.record.ID), Status: model.ExchangeHeld, Code: "E01", Reason: "缺少必填项 " + strings.Join(missing, "、") + "，未上报；请更正后重新报送。"}
	if held != nil {
		if held.Reason == row.Reason {
			return nil
		}
		row.Rev = held.Rev
	}
	about(row, a.record, s.Clock)
	row.Await()
	b.Rows = append(b.Rows, row)
	return row
}

// acts opens what the lines of records are made from.
func (s *Service) acts(ctx context.Context, records []*model.Record) ([]*act, error) {
	var ids []model.SubjectID
	for _, r := range records {
		ids = append(ids, r.Subject)
	}
	files, err := s.Subjects.Files(ctx, unique(ids))
	if err != nil {
		return nil, err
	}
	var list []*act
	for _, r := range records {
		a := &act{record: r, file: files[r.Subject], content: r.Content, details: r.Details}
		if a.file == nil {
			continue
		}
		if a.form, err = s.Forms.Of(r.Kind); err != nil {
			return nil, err
		}
		if a.person() {
			if err := s.open(a); err != nil {
				return nil, err
			}
		}
		list = append(list, a)
	}
	return list, nil
}

func (s *Service) open(a *act) error {
	identity, err := s.Vault.Open(model.SealIdentity, string(a.file.ID), a.file.Identity)
	if err == nil {
		a.identity, err = model.ReadIdentity(identity)
	}
	if err == nil && len(a.record.SealedContent) > 0 {
		var text []byte
		text, err = s.Vault.Open(model.SealRecord, string(a.record.ID), a.record.SealedContent)
		a.content = string(text)
	}
	if err == nil && len(a.record.SealedDetails) > 0 {
		var text []byte
		if text, err = s.Vault.Open(model.SealDetails, string(a.record.ID), a.record.SealedDetails); err == nil {
			err = json.Unmarshal(text, &a.details)
		}
	}
	return model.Wrap(err, model.CodeInternal, "档案无法解密，未能上报，请检查密钥后重试。")
}
