package model

import (
	"strconv"
	"strings"
	"time"
)

// AuditID names an entry of the audit log. As text it is
// origin/generation(8 hex digits)/seq(16 hex digits), so that byte order is log order.
type AuditID struct {
	Origin string
	Gen    uint32
	Seq    uint64
}

// String is the entry's id in the store.
func (id AuditID) String() string {
	var b [64]byte
	return string(id.Append(b[:0]))
}

// Append appends the text of id to dst.
func (id AuditID) Append(dst []byte) []byte {
	dst = append(append(dst, id.Origin...), '/')
	dst = append(AppendHex(dst, uint64(id.Gen), 8), '/')
	return AppendHex(dst, id.Seq, 16)
}

// AppendHex appends the low digits of n as lower-case hex of fixed width, so that
// byte order is number order.
func AppendHex(dst []byte, n uint64, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[n>>shift&15])
	}
	return dst
}

// ParseAuditID reads the text of an AuditID: CodeNotFound for anything else, since
// such an entry cannot exist.
func ParseAuditID(s string) (AuditID, error) {
	origin, rest, _ := strings.Cut(s, "/")
	gen, seq, _ := strings.Cut(rest, "/")
	g, errGen := strconv.ParseUint(gen, 16, 32)
	n, errSeq := strconv.ParseUint(seq, 16, 64)
	id := AuditID{Origin: origin, Gen: uint32(g), Seq: n}
	if errGen != nil || errSeq != nil || origin == "" || id.String() != s {
		return AuditID{}, &Error{Code: CodeNotFound, Detail: "没有这条审计记录，请核对编号。"}
	}
	return id, nil
}

// AuditOrigin is one log: the slot a process holds and the head of its Merkle tree.
// Every write of it is a compare-and-swap on Rev, which fences off earlier holders.
type AuditOrigin struct {
	Name string `bson:"_id"`
	// Gen counts the holders, from 1: the fencing token.
	Gen    uint32 `bson:"gen"`
	Holder string `bson:"holder"`
	// Until is the end of the lease; Released says that the holder gave it back.
	Until    time.Time `bson:"until"`
	Released bool      `bson:"released"`
	// Size counts the leaves of the tree; Note is the signed checkpoint that says so.
	Size int64  `bson:"size"`
	Note string `bson:"note"`
	// Open lists the generations that may still get entries, oldest first. Every entry
	// of a generation that is not listed is in the tree.
	Open []AuditGeneration `bson:"open"`
	Rev  int64             `bson:"-"`
}

// AuditGeneration says how far the entries of one generation are in the tree.
type AuditGeneration struct {
	Gen uint32 `bson:"gen"`
	// Settled: every entry with a smaller number is in the tree or will never exist.
	Settled uint64 `bson:"settled"`
	// Above lists what is in the tree at or above Settled, ascending.
	Above []AuditRun `bson:"above,omitempty"`
	// Ended is when another holder took over; zero while the generation writes.
	Ended time.Time `bson:"ended,omitempty"`
	// Looked is when an ended generation was last searched for late entries.
	Looked time.Time `bson:"looked,omitempty"`
}

// AuditRun is Count entries with consecutive numbers from Seq.
type AuditRun struct {
	Gen   uint32 `bson:"gen"`
	Seq   uint64 `bson:"seq"`
	Count uint64 `bson:"count"`
}

// AuditTile holds up to 256 consecutive hashes of one level of the tree (tlog tiles of
// height 8): at level 0 the leaves, at level n the roots of the full tiles below.
type AuditTile struct {
	Origin string
	Level  int
	Index  int64
	// Hashes are 32 bytes each, in order.
	Hashes []byte
	// Runs say which entries the leaves are, in leaf order; level 0 only.
	Runs []AuditRun
}

// AuditSpan is a range of ids, read in pages.
type AuditSpan struct {
	// From is inclusive, To exclusive; "" is open.
	From, To string
	// Desc reads from the end.
	Desc  bool
	Limit int
	// After is the position to go on from: what the last page gave.
	After string
}

// StoredAuditEntry is an entry as it was found in the store.
type StoredAuditEntry struct {
	ID   string
	Leaf []byte
	// WrittenAt is when the engine wrote it.
	WrittenAt time.Time
	// Odd says that the document is not exactly what was written for this leaf.
	Odd bool
}
