package handlers

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
)

// LogCheckpoint is the signed state of one origin's log.
type LogCheckpoint struct {
	Origin string
	Size   int64
	Root   []byte
	At     time.Time
	// Pending entries are durable and not in the tree yet.
	Pending int
	Note    string
}

// LogProof proves that an entry is in the tree of a checkpoint.
type LogProof struct {
	Checkpoint LogCheckpoint
	Index      int64
	LeafHash   []byte
	Path       [][]byte
}

// LogFilter narrows what the auditor reads; zero fields match everything.
type LogFilter struct {
	Origin, Actor, Action, Outcome string
	Role                           model.Role
	Subject                        model.SubjectID
	// From is inclusive, To exclusive.
	From, To time.Time
}

// AuditDesk answers the auditor. Entries is itself logged before it is answered. Inclusion gives CodeNotFound for an origin or index that
// the log does not have.
type AuditDesk interface {
	Entries(ctx context.Context, p model.Principal, f LogFilter, after string, limit int) ([]model.AuditEntry, string, error)
	Checkpoints(ctx context.Context) ([]LogCheckpoint, error)
	Inclusion(ctx context.Context, origin string, index int64) (LogProof, error)
}

// Audit is the desk of the tamper-evident log (审计日志).
type Audit struct{ Desk AuditDesk }

// Mount adds the routes.
func (d *Audit) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/audit", d.list)
	r.Handle(http.MethodGet, "/v1/audit/checkpoint", d.checkpoint)
	r.Handle(http.MethodGet, "/v1/audit/proofs/:index", d.proof)
}

func (d *Audit) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	f := LogFilter{Origin: query(c, "origin"), Actor: query(c, "actor"), Action: query(c, "action"), Outcome: query(c, "outcome"),
		Role: model.Role(query(c, "role")), Subject: model.SubjectID(query(c, "subject"))}
	for name, set := range map[string]func(model.Date){
		"from": func(day model.Date) { f.From = day.Start() },
		"to":   func(day model.Date) { f.To = day.AddDays(1).Start() },
	} {
		if query(c, name) == "" {
			continue
		}
		day, err := model.ParseDate(query(c, name))
		if err != nil {
			return model.Invalid("?"+name, "date", "不是真实的日期。")
		}
		set(day)
	}
	entries, next, err := d.Desk.Entries(c.Request.Context(), caller(c), f, p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.AuditEntries{Items: make([]api.AuditEntry, len(entries))}
	for i := range entries {
		answer.Items[i] = wireAuditEntry(&entries[i])
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireAuditEntry(e *model.AuditEntry) api.AuditEntry {
	ev := &e.Event
	out := api.AuditEntry{Entry: e.ID().String(), At: instant(ev.At), ActorID: ev.ActorID, Role: string(ev.ActorRole), Unit: ev.Unit, UnitName: ev.UnitName,
		Action: ev.Action, Subjects: make([]string, len(ev.Subjects)), Purpose: string(ev.Purpose), Consent: ev.Consent, Outcome: ev.Outcome,
		Reason: ev.Reason, Shown: list(ev.Shown), RuleVersion: ev.RuleVersion, Ref: ev.Ref, RequestID: ev.RequestID}
	for i, id := range ev.Subjects {
		out.Subjects[i] = string(id)
	}
	return out
}

func (d *Audit) checkpoint(c *gin.Context) error {
	all, err := d.Desk.Checkpoints(c.Request.Context())
	if err != nil {
		return err
	}
	answer := api.AuditCheckpoint{Origins: make([]api.OriginCheckpoint, len(all))}
	for i, cp := range all {
		answer.Origins[i] = api.OriginCheckpoint{Origin: cp.Origin, TreeSize: cp.Size, RootHash: base64.StdEncoding.EncodeToString(cp.Root),
			At: instant(cp.At), Pending: int64(cp.Pending), Note: cp.Note}
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Audit) proof(c *gin.Context) error {
	index, err := strconv.ParseInt(c.Param("index"), 10, 64)
	if err != nil {
		return model.Invalid("{index}", "integer", "应为整数。")
	}
	p, err := d.Desk.Inclusion(c.Request.Context(), query(c, "origin"), index)
	if err != nil {
		return err
	}
	answer := api.AuditProof{Origin: p.Checkpoint.Origin, Index: p.Index, TreeSize: p.Checkpoint.Size,
		LeafHash: base64.StdEncoding.EncodeToString(p.LeafHash), RootHash: base64.StdEncoding.EncodeToString(p.Checkpoint.Root), Hashes: make([]string, len(p.Path))}
	for i, hash := range p.Path {
		answer.Hashes[i] = base64.StdEncoding.EncodeToString(hash)
	}
	return respond(c, http.StatusOK, answer)
}
