package main

import (
	"context"
	"strings"

	"xinyi/audit"
	"xinyi/handlers"
	"xinyi/model"
	"xinyi/policy/pass"

	"golang.org/x/mod/sumdb/tlog"
)

// resources are the desks as HTTP sees them.
func (s *services) resources(p *platform, issuer string) []handlers.Resource {
	book := func() handlers.SectorBook { return p.sectors.Book() }
	sectors := &handlers.Sectors{Book: book, Stats: s.stats, Desk: s.rating, Schemes: s.schemes, Painter: s.painter}
	return []handlers.Resource{
		&handlers.SignIn{Citizens: s.citizens, Staff: s.staff, Sessions: s.sessions, Clock: p.clock},
		&handlers.OAuth{Clients: s.clients, JWKS: p.vault.JWKS, Issuer: issuer},
		&handlers.Enterprises{Files: s.credit, Search: s.search, Sectors: book},
		&handlers.Credit{Desk: s.credit, Sectors: book, Clock: p.clock, Supervision: supervision(p.measures, p.sectors)},
		&handlers.Consents{Desk: s.consent},
		sectors,
		&handlers.Catalogue{Book: &catalogues{live: p.catalogue}, Clock: p.clock},
		&handlers.Submissions{Desk: s.submission},
		&handlers.Quality{Desk: s.quality, Painter: s.painter},
		&handlers.Benefits{Desk: s.benefit, QR: pass.QR},
		&handlers.BenefitRules{Desk: s.rules, Clock: p.clock},
		&handlers.Approvals{Desk: s.approval, Clock: p.clock},
		&handlers.Commitments{Desk: s.commitment, Clock: p.clock},
		&handlers.Loan{Desk: s.loan, Clock: p.clock, RulesVersion: s.loan.Screener.Version},
		&handlers.Listing{Desk: s.listing, Work: s.worklist, Measures: measureBook{p.measures}, Clock: p.clock},
		&handlers.Messages{Desk: s.message},
		&handlers.Audit{Desk: auditDesk{p.audit, p.clock}},
	}
}

// measureBook shows the measures table in the words of the HTTP surface.
type measureBook struct{ *liveMeasures }

func (b measureBook) Measures(on model.Date) []handlers.Measure {
	var out []handlers.Measure
	for _, m := range b.liveMeasures.Measures(on) {
		row := handlers.Measure{Code: m.Code, Name: m.Name, Class: string(m.Class), Lists: m.Lists, Trigger: m.Trigger, LegalBasis: m.LegalBasis,
			Means: m.Means, Implementer: m.Implementer, ValidFrom: m.ValidFrom, ValidTo: m.ValidTo}
		for _, t := range m.Targets {
			row.Targets = append(row.Targets, string(t))
		}
		out = append(out, row)
	}
	return out
}

// supervision suggests by the grade of the public evaluation, and what industries' own
// schemes provide for the grades they gave.
func supervision(tables *liveMeasures, schemes *liveSectors) func(f *model.SubjectFile, on model.Date) []handlers.Supervision {
	return func(f *model.SubjectFile, on model.Date) (out []handlers.Supervision) {
		if j := f.Judgement; j != nil {
			if v, ok := tables.Suggest(j.Grade, on); ok {
				out = append(out, handlers.Supervision{Scheme: "公共信用评价", Grade: v.Grade, Percent: v.Percent, Text: v.Text, Basis: v.LegalBasis + "；" + v.Source})
			}
		}
		for _, r := range f.Summary.Ratings {
			scheme, err := schemes.Book().Scheme(r.Sector)
			if err != nil {
				continue // a rating of a scheme that was dropped suggests nothing
			}
			for _, m := range scheme.Measures {
				if m.Grade == r.Grade {
					out = append(out, handlers.Supervision{Scheme: scheme.Name, Grade: r.Grade, Text: m.Text, Basis: strings.Join(scheme.Documents, "；")})
				}
			}
		}
		return out
	}
}

// auditDesk shows the log in the words of the HTTP surface.
type auditDesk struct {
	log   *audit.Log
	clock model.Clock
}

// Entries logs who read the log. The subject that was asked for stands in that entry only when
// the log knows it, since anything may have been typed.
func (d auditDesk) Entries(ctx context.Context, p model.Principal, f handlers.LogFilter, after string, limit int) ([]model.AuditEntry, string, error) {
	found, next, err := d.log.List(ctx, audit.Filter{Origin: f.Origin, Actor: f.Actor, Role: f.Role, Action: f.Action, Subject: f.Subject, Outcome: f.Outcome,
		From: f.From, To: f.To}, limit, after)
	if err != nil {
		return nil, "", err
	}
	ev := model.AuditEvent{At: d.clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: "audit.list",
		Outcome: "shown", Shown: []string{"audit"}, RequestID: p.RequestID}
	if f.Subject != "" && len(found) > 0 {
		ev.Subjects = []model.SubjectID{f.Subject}
	}
	return found, next, d.log.Record(ctx, ev)
}

func (d auditDesk) Checkpoints(ctx context.Context) ([]handlers.LogCheckpoint, error) {
	all, err := d.log.Checkpoints(ctx)
	out := make([]handlers.LogCheckpoint, len(all))
	for i := range all {
		out[i] = logCheckpoint(&all[i])
	}
	return out, err
}

func logCheckpoint(c *audit.Checkpoint) handlers.LogCheckpoint {
	return handlers.LogCheckpoint{Origin: c.Origin, Size: c.Size, Root: c.Root[:], At: c.At, Pending: c.Unfolded, Note: c.Note}
}

func (d auditDesk) Inclusion(ctx context.Context, origin string, index int64) (handlers.LogProof, error) {
	in, err := d.log.Inclusion(ctx, origin, index)
	if err != nil {
		return handlers.LogProof{}, err
	}
	leaf := tlog.RecordHash(in.Entry.Leaf)
	proof := handlers.LogProof{Checkpoint: logCheckpoint(&in.Checkpoint), Index: in.Index, LeafHash: leaf[:]}
	for i := range in.Path {
		proof.Path = append(proof.Path, in.Path[i][:])
	}
	return proof, nil
}
