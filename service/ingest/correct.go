package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"

	"xinyi/model"
	"xinyi/policy/compliance"
)

// correct takes a row whose fact is known: amend compares the two once the subject's
// records are there. Of rows about one fact in a batch the first one stands.
func (r *run) correct(d *draft, p placed) {
	sameKey := func(other placed) bool { return other.key == p.key }
	if slices.ContainsFunc(d.added[p.subject], func(rec *model.Record) bool { return rec.BusinessKey == p.key }) ||
		slices.ContainsFunc(d.corrections[p.subject], sameKey) {
		r.again(d, p)
		return
	}
	if d.corrections == nil {
		d.corrections = map[model.SubjectID][]placed{}
	}
	d.touch(p.subject)
	d.corrections[p.subject] = append(d.corrections[p.subject], p)
}

// amend puts a subject's corrections in the place of what is known, and gives the records
// as they will be and those that changed.
func (r *run) amend(ctx context.Context, d *draft, id model.SubjectID, known []*model.Record) (all, changed []*model.Record, err error) {
	if len(d.corrections[id]) == 0 {
		return known, nil, nil
	}
	all = slices.Clone(known)
	for _, p := range d.corrections[id] {
		i := slices.IndexFunc(all, func(rec *model.Record) bool { return rec.BusinessKey == p.key })
		if i < 0 { // erased since: its key stays
			r.again(d, p)
			continue
		}
		may, err := r.mayCorrect(ctx, d, p, all[i])
		if err != nil {
			return nil, nil, err
		}
		if !may {
			continue
		}
		next, err := r.amended(all[i], p)
		if err != nil {
			return nil, nil, err
		}
		if next == nil {
			r.again(d, p)
			continue
		}
		all[i] = next
		changed = append(changed, next)
		d.batch.Changed = append(d.batch.Changed, next)
		d.accepted++
		d.warn(p.warned...)
	}
	if len(changed) > 0 {
		if d.amended == nil {
			d.amended = map[model.SubjectID][]*model.Record{}
		}
		d.amended[id] = known
	}
	slices.SortStableFunc(d.faults, func(a, b Fault) int { return a.Line - b.Line })
	return all, changed, nil
}

// ownedTexts say who changes what a desk wrote: a row has not all that the desk knows of it.
var ownedTexts = map[model.RecordOwner]string{
	model.OwnerListing:    "该信息由名单认定公布，不能报送更正；请在“名单认定”中移出后重新认定。",
	model.OwnerCommitment: "该信息是平台上作出的信用承诺，不能报送更正；请由受理单位在信用承诺中更正履行状态。",
	model.OwnerApproval:   "该信息是随办件作出的信用承诺，不能报送更正；请由受理窗口在办件中更正。",
}

// mayCorrect refuses what is another unit's, a desk's or was withdrawn, who stands on a list that
// is not reported, and what is a withdrawal by another name.
func (r *run) mayCorrect(ctx context.Context, d *draft, p placed, was *model.Record) (bool, error) {
	unit := r.im.reporter()
	owner, err := r.im.Store.Owner(ctx, was)
	if err != nil {
		return false, err
	}
	var code, unreported string
	if was.Kind == model.RecordListEntry && unit != "" && r.im.Lists != nil {
		code, unreported = notReported(r.im.Lists, was.List, model.DateOf(r.im.Clock.Now()))
	}
	switch {
	case unit != "" && was.SourceUSCC != unit:
		d.reject(p.item, compliance.OtherUnit, "sourceUscc", "other_unit", "该信息由其他单位报送，请由来源单位更正。")
	case was.WithdrawnOn != "":
		d.reject(p.item, compliance.DuplicateKey, "docNo", "withdrawn", "该信息已经撤回，不能更正；确需重新公示的，请联系信用办。")
	case owner != "":
		d.reject(p.item, "", "docNo", "other_desk", ownedTexts[owner])
	case code != "":
		d.reject(p.item, "", "list", code, unreported)
	case p.record.List != was.List: // the number is its key whatever the list; its public entry stands in that list
		d.reject(p.item, "", "list", "immutable", "名单种类不能更正；种类有误的，请撤回后用新的认定文书号报送。")
	case p.record.Finality == model.FinalityRevoked && was.Finality != model.FinalityRevoked: // without reason, notice and clock
		d.reject(p.item, "", "finality", "retraction", "决定已被撤销的，请撤回该记录并公开说明理由，不能用更正改为已撤销。")
	case p.record.Finality != model.FinalityRevoked && was.Finality == model.FinalityRevoked:
		d.reject(p.item, "", "finality", "retraction", "已撤销的决定不能更正为有效；报送有误的，请撤回该记录，确需重新公示的，请联系信用办。")
	default:
		return true, nil
	}
	return false, nil
}

// amended gives the record as the row has it; nil when they say the same. What the platform
// knows of the record stays: its place, when it came and who reported it, an objection.
func (r *run) amended(was *model.Record, p placed) (*model.Record, error) {
	next := *p.record
	next.ID, next.Subject, next.BusinessKey, next.Rev = was.ID, was.Subject, was.BusinessKey, was.Rev
	next.ReceivedAt, next.ReportedBy, next.Batch = was.ReceivedAt, was.ReportedBy, was.Batch
	next.Disputed = next.Disputed || was.Disputed
	next.SealedContent, next.SealedDetails = was.SealedContent, was.SealedDetails
	if was.Subject.IsPerson() {
		if err := errors.Join(r.reseal(&next, p.row.Content), r.resealDetails(&next, p.row.Details)); err != nil {
			return nil, err
		}
	}
	if next.DisplayEnds == was.DisplayEnds {
		next.ArchivedOn = was.ArchivedOn
	}
	if reflect.DeepEqual(&next, was) {
		return nil, nil //nolint:nilnil // nothing to correct: absence is the answer
	}
	next.Batch = r.job.ID
	return &next, nil
}

// reseal seals the text of a person's record anew if it changed.
func (r *run) reseal(next *model.Record, content string) error {
	var before []byte
	var err error
	if len(next.SealedContent) > 0 {
		if before, err = r.im.Sealer.Open(model.SealRecord, string(next.ID), next.SealedContent); err != nil {
			return err
		}
	}
	switch {
	case string(before) == content:
	case content == "":
		next.SealedContent = nil
	default:
		next.SealedContent, err = r.im.Sealer.Seal(model.SealRecord, string(next.ID), []byte(content))
	}
	return err
}

// resealDetails likewise.
func (r *run) resealDetails(next *model.Record, details []model.Detail) error {
	var before []model.Detail
	if len(next.SealedDetails) > 0 {
		plain, err := r.im.Sealer.Open(model.SealDetails, string(next.ID), next.SealedDetails)
		if err == nil {
			err = json.Unmarshal(plain, &before)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case slices.Equal(before, details):
		return nil
	case len(details) == 0:
		next.SealedDetails = nil
		return nil
	}
	return r.sealDetails(next, details)
}
