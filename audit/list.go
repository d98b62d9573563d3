package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	"xinyi/model"
)

// Filter narrows a List; zero fields match everything.
type Filter struct {
	Origin  string
	Actor   string
	Role    model.Role
	Action  string
	Subject model.SubjectID
	Outcome string
	// From is inclusive, To exclusive.
	From, To time.Time
}

func (f Filter) matches(e model.AuditEntry) bool {
	ev := &e.Event
	return (f.Origin == "" || f.Origin == e.Origin) &&
		(f.Actor == "" || f.Actor == ev.ActorID) &&
		(f.Role == "" || f.Role == ev.ActorRole) &&
		(f.Action == "" || f.Action == ev.Action) &&
		(f.Outcome == "" || f.Outcome == ev.Outcome) &&
		(f.Subject == "" || slices.Contains(ev.Subjects, f.Subject)) &&
		(f.From.IsZero() || !ev.At.Before(f.From)) &&
		(f.To.IsZero() || ev.At.Before(f.To))
}

const (
	// scanLimit bounds what one List reads when the filter matches little.
	scanLimit = 5000
	// clockSlack is how far the clocks of an origin's successive holders, and the steps of
	// one, may lie apart where the time of writing tells where a period begins.
	clockSlack = time.Minute
)

// List gives entries over all origins, newest first, at most limit, and where to go on
// ("" at the end). A page may hold fewer, even none, when the filter matches little. The
// order is exact within an origin's numbers and by time between origins.
func (l *Log) List(ctx context.Context, f Filter, limit int, after string) ([]model.AuditEntry, string, error) {
	if f.Subject != "" {
		return l.listSubject(ctx, f, limit, after)
	}
	heads, err := l.heads(ctx, f.Origin, after)
	if err != nil {
		return nil, "", err
	}
	var items []model.AuditEntry
	for read := 0; len(items) < limit && read < scanLimit; read++ {
		newest := -1
		for i := range heads {
			if err := heads[i].fill(ctx, l.storage, limit, f.From); err != nil {
				return nil, "", err
			}
			if !heads[i].done() && (newest < 0 || heads[i].page[0].Event.At.After(heads[newest].page[0].Event.At)) {
				newest = i
			}
		}
		if newest < 0 {
			return items, "", nil
		}
		e := heads[newest].pop()
		if f.matches(e) {
			items = append(items, e)
		}
	}
	return items, position(heads), nil
}

// head reads one origin from its newest entry back.
type head struct {
	origin string
	before string // everything from this id on was given
	page   []model.AuditEntry
	end    bool
}

func (h *head) done() bool { return h.end && len(h.page) == 0 }

// fill reads on when nothing is left of the page. An entry is written after it happened, and
// those with smaller numbers began before it: once one was written before from, none that is
// older can matter.
func (h *head) fill(ctx context.Context, storage Storage, limit int, from time.Time) error {
	if h.end || len(h.page) > 0 {
		return nil
	}
	span := within(h.origin+"/", max(limit, 100))
	span.To, span.Desc = h.before, true
	stored, _, err := storage.Entries(ctx, span)
	if err != nil {
		return err
	}
	h.end = len(stored) == 0
	for _, s := range stored {
		if s.WrittenAt.Before(from.Add(-clockSlack)) {
			h.end = true
			break
		}
		e, err := readEntry(s)
		if err != nil {
			return err
		}
		h.page = append(h.page, e)
	}
	return nil
}

func (h *head) pop() model.AuditEntry {
	e := h.page[0]
	h.page, h.before = h.page[1:], e.ID().String()
	return e
}

// heads makes the readers of all origins; after is what position gave.
func (l *Log) heads(ctx context.Context, only, after string) ([]head, error) {
	origins, err := l.storage.Origins(ctx)
	if err != nil {
		return nil, err
	}
	given := map[string]string{}
	for id := range strings.SplitSeq(after, ";") {
		if id == "" {
			continue
		}
		origin, _, ok := strings.Cut(id, "/")
		if !ok {
			return nil, &model.Error{Code: model.CodeInvalidCursor, Detail: "翻页位置无效，请从第一页重新查询。"}
		}
		given[origin] = id
	}
	var heads []head
	for _, o := range origins {
		if only != "" && o.Name != only {
			continue
		}
		h := head{origin: o.Name, before: o.Name + "0"}
		if id, ok := given[o.Name]; ok {
			h.before = id
		}
		heads = append(heads, h)
	}
	return heads, nil
}

func position(heads []head) string {
	var b strings.Builder
	for _, h := range heads {
		if strings.HasSuffix(h.before, "0") && !strings.Contains(h.before, "/") {
			continue // nothing given yet
		}
		b.WriteString(h.before)
		b.WriteByte(';')
	}
	return strings.TrimSuffix(b.String(), ";")
}

// listSubject lists by the subject's own index.
func (l *Log) listSubject(ctx context.Context, f Filter, limit int, after string) ([]model.AuditEntry, string, error) {
	var items []model.AuditEntry
	for read := 0; len(items) < limit && read < scanLimit; {
		entries, next, err := l.subjectEntries(ctx, f.Subject, f.From, f.To, limit-len(items), after)
		if err != nil {
			return nil, "", err
		}
		for _, e := range entries {
			if f.matches(e) {
				items = append(items, e)
			}
		}
		read += max(1, len(entries))
		if after = next; next == "" {
			break
		}
	}
	return items, after, nil
}

// subjectEntries gives entries of subject, newest first, of a period to the millisecond where
// from and to are not zero.
func (l *Log) subjectEntries(ctx context.Context, subject model.SubjectID, from, to time.Time, limit int, after string) ([]model.AuditEntry, string, error) {
	if subject == "" || strings.Contains(string(subject), "/") {
		return nil, "", &model.Error{Code: model.CodeNotFound, Detail: "没有这个信用主体，请核对编号。"}
	}
	span := within(string(subject)+"/", limit)
	span.Desc, span.After = true, after
	if !from.IsZero() {
		span.From = lineTime(subject, from.UnixMilli())
	}
	if !to.IsZero() {
		span.To = lineTime(subject, to.Add(time.Millisecond-1).UnixMilli()) // rounded up: it is exclusive
	}
	lines, next, err := l.storage.Access(ctx, span)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, 0, len(lines))
	for _, line := range lines {
		if id, ok := entryOfLine(line); ok {
			ids = append(ids, id)
		}
	}
	stored, err := l.storage.EntriesByID(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	entries := make([]model.AuditEntry, 0, len(stored))
	for _, s := range stored {
		e, err := readEntry(s)
		if err != nil {
			return nil, "", err
		}
		entries = append(entries, e)
	}
	return entries, next, nil
}

// entryOfLine gives the entry that an access line points to.
func entryOfLine(line string) (string, bool) {
	_, rest, _ := strings.Cut(line, "/")
	_, id, ok := strings.Cut(rest, "/")
	return id, ok
}

// AccessLog gives who looked at subject, newest first, over all origins; after is the
// position that the last page gave, "" at the start and at the end.
func (l *Log) AccessLog(ctx context.Context, subject model.SubjectID, limit int, after string) ([]model.AccessLogEntry, string, error) {
	entries, next, err := l.subjectEntries(ctx, subject, time.Time{}, time.Time{}, limit, after)
	if err != nil {
		return nil, "", err
	}
	items := make([]model.AccessLogEntry, len(entries))
	for i, e := range entries {
		ev := e.Event
		items[i] = model.AccessLogEntry{At: ev.At, Role: ev.ActorRole, UnitName: ev.UnitName, Action: ev.Action,
			Purpose: ev.Purpose, Outcome: ev.Outcome, Shown: ev.Shown, Entry: e.ID().String()}
	}
	return items, next, nil
}
