package model

import "time"

// ExchangeStatus is what became of a row sent to the upstream platform (上级平台).
type ExchangeStatus string

const (
	ExchangeSentOut  ExchangeStatus = "sent"
	ExchangeAccepted ExchangeStatus = "accepted"
	ExchangeRejected ExchangeStatus = "rejected"
	// ExchangeHeld was not sent: the national standard asks for what it does not have.
	ExchangeHeld ExchangeStatus = "held"
)

// ExchangeRow is one line of one file of a package, kept as it was sent.
type ExchangeRow struct {
	// ID is package/file/line, each of fixed width; "held/" + record of a row not sent.
	ID     string   `bson:"_id"`
	Record RecordID `bson:"record"`
	Unit   string   `bson:"unit,omitempty"` // that reported it
	// UnitName is how the record calls it.
	UnitName string    `bson:"unitName,omitempty"`
	Title    string    `bson:"title,omitempty"`
	USCC     SubjectID `bson:"uscc,omitempty"` // of an organisation; never a person's
	// Cells are sealed: they hold numbers of persons, as the standard wants them.
	Cells     Sealed         `bson:"cells,omitempty"`
	Status    ExchangeStatus `bson:"status"`
	Code      string         `bson:"code,omitempty"`
	Reason    string         `bson:"reason,omitempty"`
	SettledAt time.Time      `bson:"settledAt,omitempty"` // when the receipt was issued
	// Replaced says that the record was sent again since.
	Replaced bool `bson:"replaced,omitempty"`
	// Queue, Open and Place are there while the row waits for its unit: whose, that it does,
	// and where in the list.
	Queue string `bson:"queue,omitempty"`
	Open  string `bson:"open,omitempty"`
	Place string `bson:"place,omitempty"`
	Since Date   `bson:"since,omitempty"`
	Rev   int64  `bson:"-"`
}

// Await puts the row on the worklist of its unit, or takes it off.
func (r *ExchangeRow) Await() {
	r.Queue, r.Open, r.Place = "", "", ""
	if !r.Replaced && (r.Status == ExchangeRejected || r.Status == ExchangeHeld) {
		r.Queue, r.Open, r.Place = r.Unit, "1", r.ID
	}
}

// ExchangeSent is what was last sent of a record.
type ExchangeSent struct {
	ID  string `bson:"_id"` // of the record
	Row string `bson:"row"`
	// MAC of the cells: the same content is not sent twice. It is keyed, since the cells
	// hold numbers of persons.
	MAC       []byte `bson:"mac"`
	Withdrawn bool   `bson:"withdrawn,omitempty"`
	Rev       int64  `bson:"-"`
}

// ExchangeState is how far the export is: one document, compared and swapped with every
// batch of rows, so that one process at a time goes on.
type ExchangeState struct {
	ID string `bson:"_id"`
	// Walked says that all records were seen once, up to After before that; from then on
	// Token follows the changes.
	Walked bool   `bson:"walked,omitempty"`
	After  string `bson:"after,omitempty"`
	Token  string `bson:"token,omitempty"`
	// Package is the number being filled or, if Rows is empty, filled next; Rows counts its
	// lines by file.
	Package int            `bson:"package"`
	Rows    map[string]int `bson:"rows,omitempty"`
	// Manifest is the SM3 of the last closed package's manifest.
	Manifest string `bson:"manifest,omitempty"`
	Rev      int64  `bson:"-"`
}

// ExchangeFile is one file of a package.
type ExchangeFile struct {
	Name  string `bson:"name" json:"name"`
	Rows  int    `bson:"rows" json:"rows"`
	Bytes int64  `bson:"bytes" json:"bytes"`
	SM3   string `bson:"sm3" json:"sm3"`
}

// ExchangePackage is a closed package; it never changes but for what receipts said.
type ExchangePackage struct {
	ID        string         `bson:"_id"` // number, eight digits
	CreatedAt time.Time      `bson:"createdAt"`
	Previous  string         `bson:"previous,omitempty"` // SM3 of the manifest before
	Files     []ExchangeFile `bson:"files"`
	Manifest  string         `bson:"manifest"` // SM3
}

// ExchangeReceipt is a receipt (回执) that was taken in; its id is the SM3 of its bytes.
type ExchangeReceipt struct {
	ID       string    `bson:"_id"`
	Package  string    `bson:"package"`
	IssuedAt time.Time `bson:"issuedAt"`
	TakenAt  time.Time `bson:"takenAt"`
	Accepted int       `bson:"accepted"`
	Rejected int       `bson:"rejected"`
}

// ExchangeBatch is one write of the exchange, whole or not at all.
type ExchangeBatch struct {
	Rows    []*ExchangeRow // Rev 0 = new
	Gone    []*ExchangeRow // held rows that were sent after all
	Sent    []*ExchangeSent
	State   *ExchangeState
	Package *ExchangePackage
	Receipt *ExchangeReceipt
	Audit   []AuditEntry
}

// ExchangeDelivery is what one delivery to the platform above brought about.
type ExchangeDelivery struct {
	Packages, Rows int
	// Held rows lack something and were not sent.
	Held int
}
