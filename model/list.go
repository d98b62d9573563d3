package model

// ListEntry is one organisation on a list (名单), as the public sees it.
type ListEntry struct {
	// ID is kind + "/" + uscc + "/" + the record's time-ordered part.
	ID        string   `bson:"_id"`
	Kind      ListKind `bson:"kind"`
	USCC      string   `bson:"uscc"`
	Name      string   `bson:"name"`
	Title     string   `bson:"title"`
	Authority string   `bson:"authority"`
	Basis     string   `bson:"basis,omitempty"`
	From      Date     `bson:"from"`
	Until     Date     `bson:"until,omitempty"`
	// DisplayEnds is the first day on which the entry is no longer shown; "" = no end.
	DisplayEnds Date     `bson:"displayEnds,omitempty"`
	Disputed    bool     `bson:"disputed,omitempty"`
	Withdrawn   bool     `bson:"withdrawn,omitempty"`
	RecordID    RecordID `bson:"recordId"`
}

// Shown reports whether the public may see the entry on day.
func (e *ListEntry) Shown(day Date) bool {
	return !e.Withdrawn && (e.DisplayEnds == "" || day < e.DisplayEnds) && (e.Until == "" || day <= e.Until)
}
