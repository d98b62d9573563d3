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

// AuditDesk answers the auditor. Inclusion gives CodeNotFound for an origin or index that
// the log does not have.
type AuditDesk interface {
	Checkpoints(ctx context.Context) ([]LogCheckpoint, error)
	Inclusion(ctx context.Context, origin string, index int64) (LogProof, error)
}

// Audit is the desk of the tamper-evident log (审计日志).
type Audit struct{ Desk AuditDesk }

// Mount adds the routes.
func (d *Audit) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/audit/checkpoint", d.checkpoint)
	r.Handle(http.MethodGet, "/v1/audit/proofs/:index", d.proof)
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
