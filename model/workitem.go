package model

import "strings"

// NoClock is the due day of what has none: it comes last.
const NoClock Date = "9999-12-31"

// WorkItem is one thing that waits for somebody (待办), with its clock.
type WorkItem struct {
	// Kind says what is to be done: "list_publication", "joint_response" …
	Kind string
	// ID is the thing's own key, as its own operations take it.
	ID    string
	Title string
	Ask   string    // a sentence that says what to do
	USCC  SubjectID // of an organisation; never a person's
	Unit  string    // whose it is
	// Since is when it began to wait, Due the last day.
	Since, Due Date
	// Place orders the items of one source that are due on one day.
	Place string
}

// Key orders items by due day, place and kind; it is a position in the worklist.
func (w *WorkItem) Key() string { return string(w.Due) + "/" + w.Place + "/" + w.Kind }

// DueOf gives the due day of a position; "" of none.
func DueOf(key string) Date {
	due, _, _ := strings.Cut(key, "/")
	return Date(due)
}
