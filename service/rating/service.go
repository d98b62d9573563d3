// Package rating is the desk of sector ratings (行业信用评价): departments hand in grades and
// distributions in batches, the office drafts new versions of the schemes behind them and
// a second person publishes those.
package rating

import (
	"context"
	"strconv"
	"strings"

	"xinyi/model"
	"xinyi/policy/sector"
	"xinyi/service/ingest"
)

// Importer brings rows in, in one commit with the answer of the request.
type Importer interface {
	Once(ctx context.Context, job, action string, rows []*ingest.Row, receipt model.Receipt[[]ingest.Taken]) ([]ingest.Taken, error)
}

// Scheme, Measure and Part are the nouns of the schemes, for those above.
type (
	Scheme  = sector.Scheme
	Measure = sector.Measure
	Part    = sector.Part
)

// Desk takes ratings. All fields are required.
type Desk struct {
	// As gives the importer that acts as a principal.
	As func(p model.Principal) Importer
	// Book gives all schemes with their versions.
	Book  func() *sector.Book
	IDs   *model.IDs
	Clock model.Clock
}

// Rating is one subject's grade.
type Rating struct {
	// USCC names an organisation; Name and IDNo a person.
	USCC, Name, IDNo             string
	Sector, Grade, Period, Scope string
	DecidedOn, ValidTo           string
	// Points, where the scheme gives any; nil = none were given.
	Points *int
	// Basis is the document behind it.
	Basis string
}

// Distribution is how many got which grade, as published.
type Distribution struct {
	sector.Distribution
	Source string
}

// NewDistribution gives a distribution as it was handed in.
func NewDistribution(key, scope, period, subjectKind string, total *int, parts []Part) Distribution {
	return Distribution{Distribution: sector.Distribution{Sector: key, Scope: scope, Period: period, SubjectKind: subjectKind, Total: total, Parts: parts}}
}

// Outcome is what became of one rating or distribution.
type Outcome struct {
	Record    model.RecordID
	Duplicate bool
	// Remainder is how many of the total no grade accounts for; nil when that is not known.
	Remainder *int
	Faults    []model.FieldError
}

// Result is what became of a batch, in its order.
type Result struct{ Ratings, Distributions []Outcome }

// Take brings in what is right of a batch; what is not, by the schemes in force on the days of
// the decisions, is answered in its place. Errors: of the importer.
func (d *Desk) Take(ctx context.Context, p model.Principal, ratings []Rating, stats []Distribution, receipt model.Receipt[Result]) (Result, error) {
	if p.Unit == "" || p.UnitName == "" {
		return Result{}, model.Errorf(model.CodeForbidden, "您的账号没有登记单位，不能报送评价；请联系管理员。")
	}
	res := Result{Ratings: make([]Outcome, len(ratings)), Distributions: make([]Outcome, len(stats))}
	var rows []*ingest.Row
	var places []*Outcome
	book := d.Book()
	for i := range ratings {
		out := &res.Ratings[i]
		row, faults := rowOf(book, p, &ratings[i])
		if out.Faults = faults; len(faults) == 0 {
			rows, places = append(rows, row), append(places, out)
		}
	}
	today := book.On(model.DateOf(d.Clock.Now())) // a version to come judges nothing yet
	for i := range stats {
		out := &res.Distributions[i]
		var err error
		if out.Remainder, err = today.Reconcile(stats[i].Distribution); err != nil {
			out.Faults = fieldsOf(err)
			continue
		}
		rows, places = append(rows, statRow(p, &stats[i])), append(places, out)
	}
	_, err := d.As(p).Once(ctx, "ratings-"+d.IDs.Next(), "rating.submit", rows, func(taken []ingest.Taken) (*model.IdempotencyRecord, error) {
		for i, t := range taken {
			places[i].Record, places[i].Duplicate, places[i].Faults = t.Record, t.Duplicate, faultsOf(t.Faults)
			if len(t.Faults) > 0 {
				places[i].Remainder = nil
			}
		}
		return receipt.Make(res)
	})
	return res, err
}

// rowOf gives the row of a rating; the importer judges it.
func rowOf(book *sector.Book, p model.Principal, r *Rating) (*ingest.Row, []model.FieldError) {
	s, err := book.Scheme(r.Sector)
	if err != nil {
		return nil, []model.FieldError{{Pointer: "/sector", Code: "unknown_sector", Detail: "没有这个行业的评价办法，请从行业列表中选择。"}}
	}
	points := ""
	if r.Points != nil {
		points = strconv.Itoa(*r.Points)
	}
	return &ingest.Row{Kind: string(model.RecordRating), USCC: r.USCC, Name: r.Name, IDNo: r.IDNo, Title: s.Name + "信用评价", Sector: r.Sector,
		Grade: r.Grade, Period: r.Period, Scope: r.Scope, Points: points, DecisionDate: r.DecidedOn, ValidTo: r.ValidTo, LegalBasis: r.Basis,
		Authority: p.UnitName, AuthorityUSCC: p.Unit, Source: p.UnitName, SourceUSCC: p.Unit}, nil
}

func statRow(p model.Principal, d *Distribution) *ingest.Row {
	parts := make([]string, len(d.Parts))
	for i, part := range d.Parts {
		parts[i] = part.Grade + "=" + strconv.Itoa(part.Count)
	}
	row := &ingest.Row{Kind: ingest.KindRatingStat, Sector: d.Sector, Scope: d.Scope, Period: d.Period, SubjectLabel: d.SubjectKind,
		Distribution: strings.Join(parts, ";"), Source: d.Source}
	if row.Source == "" {
		row.Source = p.UnitName
	}
	if d.Total != nil {
		row.Total = *d.Total
	}
	return row
}

func fieldsOf(err error) []model.FieldError {
	if e, ok := err.(*model.Error); ok && len(e.Fields) > 0 { //nolint:errorlint // it comes straight from the policy
		return e.Fields
	}
	return []model.FieldError{{Code: string(model.CodeOf(err)), Detail: "该项有误，请核对后重新填报。"}}
}

// names are those of the columns on the wire.
var names = map[string]string{"decisionDate": "decidedOn", "legalBasis": "basis", "subjectLabel": "subjectKind", "distribution": "grades"}

func faultsOf(faults []ingest.Fault) []model.FieldError {
	var out []model.FieldError
	for _, f := range faults {
		name := f.Column
		if wire := names[name]; wire != "" {
			name = wire
		}
		out = append(out, model.FieldError{Pointer: "/" + name, Code: f.Code, Detail: f.Reason})
	}
	return out
}
