package store

import (
	"context"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"xinyi/model"
)

const (
	collPassClaims  = "pass_claims"
	collUsage       = "usage"
	collRedemptions = "redemptions"
	collDuplicates  = "duplicate_uses"
	collIdempotency = "idempotency"
)

// claim is a used pass: its id is the pass id, so a pass is used once on every process.
type claim struct {
	ID         string    `bson:"_id"`
	Redemption string    `bson:"redemption"`
	ExpiresAt  time.Time `bson:"expiresAt"`
}

type usageDoc struct {
	ID          string `bson:"_id"`
	model.Usage `bson:",inline"`
}

// Benefits keeps usage counters and redemptions (核销).
type Benefits struct {
	driver      Driver
	claims      *Collection[claim]
	usage       *Collection[usageDoc]
	redemptions *Collection[model.Redemption]
	duplicates  *Collection[model.DuplicateUse]
	answers     *Collection[model.IdempotencyRecord]
	units       *Collection[budgetUnit]
	budgets     *Collection[budgetDoc]
	tallies     *lru.Cache[string, tally]
}

// NewBenefits gives the repository.
func NewBenefits(d Driver) *Benefits {
	tallies, _ := lru.New[string, tally](tallied) // fails for sizes < 1 only
	return &Benefits{
		tallies: tallies,
		driver:  d,
		claims:  NewCollection(d, CollectionOptions[claim]{Name: collPassClaims, ID: func(c *claim) string { return c.ID }}),
		usage: NewCollection(d, CollectionOptions[usageDoc]{Name: collUsage, ID: func(u *usageDoc) string { return u.ID },
			Rev: func(u *usageDoc) *int64 { return &u.Rev }}),
		redemptions: NewCollection(d, CollectionOptions[model.Redemption]{Name: collRedemptions,
			ID:  func(r *model.Redemption) string { return r.ID },
			Rev: func(r *model.Redemption) *int64 { return &r.Rev }}),
		duplicates: NewCollection(d, CollectionOptions[model.DuplicateUse]{Name: collDuplicates,
			ID: func(u *model.DuplicateUse) string { return u.ID }}),
		answers: answers(d),
		units:   budgetUnits(d),
		budgets: budgetDocs(d),
	}
}

// Usage gives what a holder used of a benefit; a zero usage (Rev 0) before the first.
func (b *Benefits) Usage(ctx context.Context, holder model.SubjectID, code string) (model.Usage, error) {
	usage := model.Usage{Holder: holder, Benefit: code}
	doc, err := b.driver.Get(ctx, collUsage, usageID(holder, code))
	if model.Is(err, model.CodeNotFound) {
		return usage, nil
	}
	if err != nil {
		return model.Usage{}, err
	}
	usage.Rev = doc.Rev
	if !readUsage(bsoncore.Document(doc.Body), &usage) {
		return model.Usage{}, unreadable(errMalformed)
	}
	return usage, nil
}

// Watch marks a holder's file and counters of benefits before they are read; see Watcher. The zero
// mark where the engine offers none.
func (b *Benefits) Watch(holder model.SubjectID, codes ...string) model.Mark {
	engine, ok := b.driver.(Watcher)
	if !ok || len(codes)+1 > model.MarkDocs {
		return model.Mark{}
	}
	docs := make([]DocName, 0, model.MarkDocs)
	docs = append(docs, DocName{collSubjects, string(holder)})
	for _, code := range codes {
		docs = append(docs, DocName{collUsage, usageID(holder, code)})
	}
	return engine.Watch(docs...)
}

// Unchanged reports whether what m marks is as it was read after Watch.
func (b *Benefits) Unchanged(m model.Mark) bool {
	engine, ok := b.driver.(Watcher)
	return ok && engine.Unchanged(m)
}

// readUsage reads the counters in place: every gate check asks for them.
func readUsage(body bsoncore.Document, u *model.Usage) bool {
	return eachElement(body, func(key []byte, v bsoncore.Value) (ok bool) {
		count := func(into *int) bool {
			n, ok := v.AsInt64OK()
			*into = int(n)
			return ok
		}
		switch string(key) {
		case "day":
			var day string
			day, ok = v.StringValueOK()
			u.Day = model.Date(day)
		case "month":
			u.Month, ok = v.StringValueOK()
		case "year":
			u.Year, ok = v.StringValueOK()
		case "dayCount":
			ok = count(&u.DayCount)
		case "monthCount":
			ok = count(&u.MonthCount)
		case "yearCount":
			ok = count(&u.YearCount)
		case "total":
			ok = count(&u.Total)
		case "recent":
			u.Recent, ok = v.StringValueOK()
		case "earlier":
			u.Earlier, ok = v.StringValueOK()
		case "lastAt":
			var ms int64
			ms, ok = v.DateTimeOK()
			u.LastAt = time.UnixMilli(ms).UTC()
		default:
			ok = true
		}
		return ok
	})
}

func usageID(holder model.SubjectID, code string) string { return string(holder) + "/" + code }

// Used reports whether the pass was redeemed.
func (b *Benefits) Used(ctx context.Context, passID string) (bool, error) {
	_, err := b.driver.Get(ctx, collPassClaims, passID)
	if model.Is(err, model.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Redeem writes claim, counters, redemption, audit entry and answer in one batch.
// CodePassUsed when the pass was claimed before, CodeExists or CodeRequestInFlight when the
// idempotency key was, CodeBudgetReached when the unit of the budget was taken back,
// CodeConflict when the counters moved.
func (b *Benefits) Redeem(ctx context.Context, w model.RedemptionWrite) error {
	var batch Batch
	addAnswer(&batch, b.answers, w.Answer) // first: a retry hears of its key, not of its pass
	batch.Add(b.claims.InsertOp(&claim{ID: w.Redemption.PassID, Redemption: w.Redemption.ID, ExpiresAt: w.ClaimUntil}))
	doc := &usageDoc{ID: usageID(w.Usage.Holder, w.Usage.Benefit), Usage: w.Usage}
	if w.Usage.Rev == 0 {
		batch.Add(b.usage.InsertOp(doc))
	} else {
		batch.Add(b.usage.ReplaceOp(doc))
	}
	for _, other := range w.Others {
		batch.AddOps(b.usage.CheckOp(usageID(other.Holder, other.Benefit), other.Rev))
	}
	if w.Redemption.BudgetUnit != "" {
		batch.Add(b.units.InsertOp(&budgetUnit{ID: w.Redemption.BudgetUnit}))
	}
	batch.Add(b.redemptions.InsertOp(&w.Redemption))
	batch.AddOps(AuditOps(w.Audit)...)
	return redeemError(batch.Apply(ctx, b.driver))
}

// redeemError tells by the op that failed what happened.
func redeemError(err error) error {
	if !model.Is(err, model.CodeExists) {
		return answerError(err)
	}
	switch FailedColl(err) {
	case collPassClaims:
		return model.Wrap(err, model.CodePassUsed, "该凭证已使用，请持有人重新出示。")
	case collBudgetUnits:
		return model.Wrap(err, model.CodeBudgetReached, "名额刚被收回，请重试。")
	case collUsage: // somebody made the first use meanwhile
		return model.Wrap(err, model.CodeConflict, "次数刚被更新，请重试。")
	}
	return err
}

// Redemptions gives a site's day, newest first, after the given id.
func (b *Benefits) Redemptions(ctx context.Context, site string, day model.Date, after string, limit int) ([]*model.Redemption, string, error) {
	from, to := span(site + "/" + string(day))
	if after != "" {
		if !strings.HasPrefix(after, from) {
			return nil, "", model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
		}
		to = after
	}
	list, err := b.redemptions.Find(ctx, Query{From: from, To: to, Desc: true, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	if list.Next == "" {
		return list.Items, "", nil
	}
	return list.Items, list.Items[len(list.Items)-1].ID, nil
}

// KeepAnswer writes an audit entry and the answer of its request in one batch.
func (b *Benefits) KeepAnswer(ctx context.Context, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	return WithAnswer(ctx, b.driver, entry, answer)
}
