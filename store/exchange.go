package store

import (
	"context"

	"xinyi/model"
)

const (
	collExchangeFeed     = "exchange_feed" // a mark for each record to report upstream that was written
	collExchangeRows     = "exchange_rows"
	collExchangeSent     = "exchange_sent"
	collExchangePackages = "exchange_packages"
	collExchangeReceipts = "exchange_receipts"
	collExchangeState    = "exchange_state"
)

func exchangeIndexes() map[string][]Index {
	return map[string][]Index{collExchangeFeed: {FeedIndex}, collExchangeSent: nil, collExchangePackages: nil, collExchangeReceipts: nil, collExchangeState: nil,
		collExchangeRows: {{Name: "queue", Fields: []string{"queue", "place"}}, {Name: "open", Fields: []string{"open", "place"}}}}
}

// upstream reports whether the record belongs to 双公示, which goes to the upstream platform.
func upstream(r *model.Record) bool {
	return r.Kind == model.RecordPermit || r.Kind == model.RecordPenalty
}

// reported marks those of the records that go upstream as changed, for the batch that
// writes them; none where there is no upstream platform.
func (s *Subjects) reported(records ...*model.Record) []Op {
	if !s.Upstream {
		return nil
	}
	var ops []Op
	for _, r := range records {
		if upstream(r) {
			ops = append(ops, Op{Kind: OpPut, Coll: collExchangeFeed, ID: string(r.ID), Body: MarkBody(string(r.ID))})
		}
	}
	return ops
}

// Exchange keeps what goes to the upstream platform and what comes back; it satisfies
// service/exchange.Store.
type Exchange struct {
	*Subjects
	rows     *Collection[model.ExchangeRow]
	sent     *Collection[model.ExchangeSent]
	packages *Collection[model.ExchangePackage]
	receipts *Collection[model.ExchangeReceipt]
	states   *Collection[model.ExchangeState]
}

// NewExchange gives the repository on the same driver as subjects.
func NewExchange(subjects *Subjects) *Exchange {
	d := subjects.driver
	return &Exchange{Subjects: subjects,
		rows: NewCollection(d, CollectionOptions[model.ExchangeRow]{Name: collExchangeRows, ID: func(r *model.ExchangeRow) string { return r.ID },
			Rev: func(r *model.ExchangeRow) *int64 { return &r.Rev }}),
		sent: NewCollection(d, CollectionOptions[model.ExchangeSent]{Name: collExchangeSent, ID: func(s *model.ExchangeSent) string { return s.ID },
			Rev: func(s *model.ExchangeSent) *int64 { return &s.Rev }}),
		packages: NewCollection(d, CollectionOptions[model.ExchangePackage]{Name: collExchangePackages, ID: func(p *model.ExchangePackage) string { return p.ID }}),
		receipts: NewCollection(d, CollectionOptions[model.ExchangeReceipt]{Name: collExchangeReceipts, ID: func(r *model.ExchangeReceipt) string { return r.ID }}),
		states: NewCollection(d, CollectionOptions[model.ExchangeState]{Name: collExchangeState, ID: func(s *model.ExchangeState) string { return s.ID },
			Rev: func(s *model.ExchangeState) *int64 { return &s.Rev }})}
}

// exchangeState is the id of the one state.
const exchangeState = "upstream"

// State gives how far the export is; Rev 0 when nothing was ever exported.
func (x *Exchange) State(ctx context.Context) (model.ExchangeState, error) {
	s, err := x.states.Get(ctx, exchangeState)
	if model.Is(err, model.CodeNotFound) {
		return model.ExchangeState{ID: exchangeState, Package: 1}, nil
	}
	if err != nil {
		return model.ExchangeState{}, err
	}
	return *s, nil
}

// Next gives some records to report from where s stands, and moves s behind them: first all
// there are, then those that were written since the export began. more is false at the end.
// A record may come again; none that was written is left out.
func (x *Exchange) Next(ctx context.Context, s *model.ExchangeState, limit int) (records []*model.Record, more bool, err error) {
	if !s.Walked {
		return x.walk(ctx, s, limit)
	}
	marks, token, err := x.driver.Changes(ctx, collExchangeFeed, s.Token, limit)
	if err != nil {
		return nil, false, err
	}
	s.Token = token // also at the end: the engine remembers under the newest token only
	if len(marks) == 0 {
		return nil, false, nil
	}
	ids := make([]string, len(marks))
	for i, m := range marks {
		ids[i] = m.ID
	}
	records, err = x.records.GetMany(ctx, ids)
	return records, true, err
}

func (x *Exchange) walk(ctx context.Context, s *model.ExchangeState, limit int) (records []*model.Record, more bool, err error) {
	q := Query{Limit: limit}
	if s.After != "" {
		q.From = s.After + "\x00"
	}
	list, err := x.records.Find(ctx, q)
	if err != nil {
		return nil, false, err
	}
	for _, r := range list.Items {
		s.After = string(r.ID)
		if upstream(r) {
			records = append(records, r)
		}
	}
	if list.Next == "" {
		s.Walked, s.After = true, ""
	}
	return records, true, nil
}

// Sent gives what was sent before of those records.
func (x *Exchange) Sent(ctx context.Context, records []string) (map[string]*model.ExchangeSent, error) {
	found, err := x.sent.GetMany(ctx, records)
	m := make(map[string]*model.ExchangeSent, len(found))
	for _, s := range found {
		m[s.ID] = s
	}
	return m, err
}

// Rows gives those rows that exist.
func (x *Exchange) Rows(ctx context.Context, ids []string) (map[string]*model.ExchangeRow, error) {
	found, err := x.rows.GetMany(ctx, ids)
	m := make(map[string]*model.ExchangeRow, len(found))
	for _, r := range found {
		m[r.ID] = r
	}
	return m, err
}

// EachRow calls yield for the rows whose id starts with prefix, in order.
func (x *Exchange) EachRow(ctx context.Context, prefix string, yield func(*model.ExchangeRow) error) error {
	return x.rows.Each(ctx, Query{Prefix: prefix, Limit: 500}, yield)
}

// Waiting gives the rows that wait for a unit ("" = for any), in order of id after the
// position.
func (x *Exchange) Waiting(ctx context.Context, unit, after string, limit int) ([]*model.ExchangeRow, error) {
	q := Query{Index: "queue", Equal: []any{unit}, Limit: limit}
	if unit == "" {
		q.Index, q.Equal = "open", []any{"1"}
	}
	if after != "" {
		q.From = after + "\x00"
	}
	list, err := x.rows.Find(ctx, q)
	return list.Items, err
}

// Package gives a closed package: CodeNotFound if there is none with the number.
func (x *Exchange) Package(ctx context.Context, no string) (*model.ExchangePackage, error) {
	return x.packages.Get(ctx, no)
}

// Receipt gives a receipt that was taken in: CodeNotFound if it was not.
func (x *Exchange) Receipt(ctx context.Context, id string) (*model.ExchangeReceipt, error) {
	return x.receipts.Get(ctx, id)
}

// Commit writes a batch: CodeConflict when another process was faster.
func (x *Exchange) Commit(ctx context.Context, in *model.ExchangeBatch) error {
	var b Batch
	for _, r := range in.Rows {
		b.Add(write(x.rows, r, r.Rev))
	}
	for _, r := range in.Gone {
		b.AddOps(x.rows.DeleteOp(r.ID, r.Rev))
	}
	for _, s := range in.Sent {
		b.Add(write(x.sent, s, s.Rev))
	}
	if in.State != nil {
		b.Add(write(x.states, in.State, in.State.Rev))
	}
	if in.Package != nil {
		b.Add(x.packages.InsertOp(in.Package))
	}
	if in.Receipt != nil {
		b.Add(x.receipts.InsertOp(in.Receipt))
	}
	b.AddOps(AuditOps(in.Audit...)...)
	err := lost(b.Apply(ctx, x.driver))
	if err == nil && in.State != nil {
		in.State.Rev++
	}
	return err
}
