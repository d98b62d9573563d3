package model

import "time"

// IdempotencyRecord is the stored answer of a POST that creates or consumes something.
// It is written in the batch of the effect, so that a retried request happens once.
type IdempotencyRecord struct {
	// ID is derived from caller, operation and key; unique.
	ID string `bson:"_id"`
	// Fingerprint is a MAC (hex) over path and body of the request.
	Fingerprint string            `bson:"fingerprint"`
	Status      int               `bson:"status"`
	Header      map[string]string `bson:"header,omitempty"` // ETag, Location, Content-Type
	Body        Sealed            `bson:"body,omitempty"`
	ExpiresAt   time.Time         `bson:"expiresAt"`
	// Rev is the store's revision. A record with one replaces the expired answer that was
	// read at it; without one it is new.
	Rev int64 `bson:"-"`
}

// Receipt turns a result into the answer to keep; nil when the caller sent no key.
// Services call it before each try of the batch, and write what it returns with the effect.
type Receipt[T any] func(result T) (*IdempotencyRecord, error)

// Make calls r; a nil Receipt makes no record.
func (r Receipt[T]) Make(result T) (*IdempotencyRecord, error) {
	if r == nil {
		return nil, nil //nolint:nilnil // no key, no record: absence is the answer
	}
	return r(result)
}
