package audit

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// leafTime is RFC 3339 in UTC with milliseconds.
const leafTime = "2006-01-02T15:04:05.000Z"

// appendLeaf appends the canonical encoding of an entry: one JSON object in UTF-8
// without white space, members in the order below, empty members left out, strings
// escaping only ", \ and control characters, invalid UTF-8 replaced by U+FFFD. It says
// its own place, so that an entry cannot be moved.
func appendLeaf(b []byte, id model.AuditID, ev *model.AuditEvent) []byte {
	b = append(b, `{"v":1,"origin":`...)
	b = appendString(b, id.Origin)
	b = append(b, `,"gen":`...)
	b = appendUint(b, uint64(id.Gen))
	b = append(b, `,"seq":`...)
	b = appendUint(b, id.Seq)
	b = append(b, `,"at":"`...)
	b = append(ev.At.AppendFormat(b, leafTime), '"')
	b = appendMember(b, "actorId", ev.ActorID)
	b = appendMember(b, "actorRole", string(ev.ActorRole))
	b = appendMember(b, "unit", ev.Unit)
	b = appendMember(b, "unitName", ev.UnitName)
	b = appendMember(b, "action", ev.Action)
	b = appendList(b, "subjects", ev.Subjects)
	b = appendMember(b, "purpose", string(ev.Purpose))
	b = appendMember(b, "consent", ev.Consent)
	b = appendMember(b, "outcome", ev.Outcome)
	b = appendMember(b, "reason", ev.Reason)
	b = appendList(b, "shown", ev.Shown)
	b = appendMember(b, "ruleVersion", ev.RuleVersion)
	b = appendMember(b, "ref", ev.Ref)
	b = appendMember(b, "requestId", ev.RequestID)
	return append(b, '}')
}

func appendUint(b []byte, n uint64) []byte {
	var digits [20]byte
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return append(b, digits[i:]...)
		}
	}
}

func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, ',', '"'), name...), '"', ':')
	return appendString(b, value)
}

func appendList[S ~string](b []byte, name string, values []S) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(append(append(b, ',', '"'), name...), '"', ':', '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, string(v))
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		if c < ' ' {
			b = model.AppendHex(append(b, `\u`...), uint64(c), 4)
		} else {
			b = append(b, '\\', c)
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// decodeLeaf reads what appendLeaf wrote. CodeInternal if it is anything else.
func decodeLeaf(leaf []byte) (model.AuditEntry, error) {
	var raw struct {
		V      int    `json:"v"`
		Origin string `json:"origin"`
		Gen    uint32 `json:"gen"`
		Seq    uint64 `json:"seq"`
		model.AuditEvent
	}
	if err := json.Unmarshal(leaf, &raw); err != nil {
		return model.AuditEntry{}, model.Wrap(err, model.CodeInternal, "审计记录无法解读，请运行审计校验。")
	}
	e := model.AuditEntry{Origin: raw.Origin, Gen: raw.Gen, Seq: raw.Seq, Event: raw.AuditEvent, Leaf: leaf}
	if raw.V != 1 || string(appendLeaf(nil, e.ID(), &e.Event)) != string(leaf) {
		return e, &model.Error{Code: model.CodeInternal, Detail: "审计记录不是规范编码，请运行审计校验。"}
	}
	return e, nil
}

// canonical makes ev what its leaf can say: UTC milliseconds, each subject once.
func canonical(ev *model.AuditEvent, now time.Time) {
	if ev.At.IsZero() {
		ev.At = now
	}
	ev.At = ev.At.UTC().Truncate(time.Millisecond)
	if !repeats(ev.Subjects) {
		return
	}
	seen := make(map[model.SubjectID]bool, len(ev.Subjects))
	var once []model.SubjectID
	for _, s := range ev.Subjects {
		if !seen[s] && s != "" {
			seen[s] = true
			once = append(once, s)
		}
	}
	ev.Subjects = once
}

// repeats reports whether subjects may hold one twice or an empty one; long lists count as such.
func repeats(subjects []model.SubjectID) bool {
	if len(subjects) > 16 {
		return true
	}
	for i, s := range subjects {
		if s == "" {
			return true
		}
		for _, earlier := range subjects[:i] {
			if s == earlier {
				return true
			}
		}
	}
	return false
}

// leaf is a durable entry on its way into the tree.
type leaf struct {
	gen  uint32
	seq  uint64
	hash tlog.Hash
}
