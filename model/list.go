package model

import "strings"

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

// EntryOf gives the public list entry of an organisation's list record, as the record stands: it is
// taken back with a record that was withdrawn, revoked or is no longer public.
func EntryOf(f *SubjectFile, r *Record) *ListEntry {
	_, tail, _ := strings.Cut(string(r.ID), "/")
	return &ListEntry{ID: string(r.List) + "/" + string(f.ID) + "/" + tail, Kind: r.List, USCC: string(f.ID), Name: f.Name, Title: r.Title,
		Authority: r.Authority, Basis: r.LegalBasis, From: r.DecisionDate, Until: r.ValidTo, DisplayEnds: r.DisplayEnds, Disputed: r.Disputed,
		Withdrawn: r.WithdrawnOn != "" || r.Finality == FinalityRevoked || r.Disclosure != DisclosurePublic, RecordID: r.ID}
}

// Shown reports whether the public may see the entry on day.
func (e *ListEntry) Shown(day Date) bool {
	return !e.Withdrawn && (e.DisplayEnds == "" || day < e.DisplayEnds) && (e.Until == "" || day <= e.Until)
}
