package grading

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"

	"xinyi/model"
)

// A digest (事实摘要) holds what any model may ask of a subject's records, so that a rule
// change is judged from the one document of the subject. It is derived: what cannot be
// read, or is of another form, is made again from the records.
//
//	form  (mask  id  texts…  [quantity]  [hash of the title])…
//
// mask says which texts are there, then quantity and disputed. A text is the number of an
// earlier one, or the next number, its length and itself: most are repeated.
const digestForm = 1

// digested are the kinds that a digest of this form holds. What is most frequent and what
// no model has counted yet stays out; a model that counts it reads the records.
var digested = map[model.RecordKind]bool{model.RecordHonor: true, model.RecordListEntry: true, model.RecordRating: true, model.RecordCommitment: true,
	model.RecordJudgment: true, model.RecordContract: true, model.RecordPenalty: true, model.RecordReward: true, model.RecordInspection: true}

const (
	textCount = 15
	hasCount  = 1 << textCount
	disputed  = hasCount << 1
)

// texts are what a digest keeps, in the order of its form.
func texts(r *model.Record) [textCount]string {
	return [...]string{string(r.Kind), string(r.DecisionDate), string(r.DisplayEnds), string(r.WithdrawnOn), string(r.ValidTo),
		string(r.DutyFulfilledOn), string(r.List), string(r.Severity), string(r.Finality), r.Fulfilment, r.Category, r.HonorLevel,
		r.Sector, r.Grade, r.Period}
}

func setTexts(r *model.Record, t *[textCount]string) {
	r.Kind, r.DecisionDate, r.DisplayEnds, r.WithdrawnOn = model.RecordKind(t[0]), model.Date(t[1]), model.Date(t[2]), model.Date(t[3])
	r.ValidTo, r.DutyFulfilledOn, r.List = model.Date(t[4]), model.Date(t[5]), model.ListKind(t[6])
	r.Severity, r.Finality, r.Fulfilment, r.Category = model.Severity(t[7]), model.Finality(t[8]), t[9], t[10]
	r.HonorLevel, r.Sector, r.Grade, r.Period = t[11], t[12], t[13], t[14]
}

// titled are the kinds whose titles tell whether two records are one act; only a hash of
// the title is kept.
func titled(kind model.RecordKind) bool {
	return kind == model.RecordHonor || kind == model.RecordReward
}

// digest gives nil when a record is not the subject's.
func digest(of model.SubjectID, records []*model.Record) []byte {
	owner := string(of) + "/"
	b := make([]byte, 1, 64+64*len(records))
	b[0] = digestForm
	known := map[string]uint64{}
	for _, r := range records {
		if !digested[r.Kind] {
			continue
		}
		id, ok := strings.CutPrefix(string(r.ID), owner)
		if !ok {
			return nil
		}
		fields := texts(r)
		mask := uint64(0)
		for i, text := range fields {
			if text != "" {
				mask |= 1 << i
			}
		}
		if r.Quantity != 0 {
			mask |= hasCount
		}
		if r.Disputed {
			mask |= disputed
		}
		b = binary.AppendUvarint(b, mask)
		b = appendText(b, id)
		for _, text := range fields {
			if text == "" {
				continue
			}
			n, ok := known[text]
			if !ok {
				n = uint64(len(known))
				known[text] = n
			}
			if b = binary.AppendUvarint(b, n); !ok {
				b = appendText(b, text)
			}
		}
		if r.Quantity != 0 {
			b = binary.AppendVarint(b, int64(r.Quantity))
		}
		if titled(r.Kind) {
			h := fnv.New64a()
			h.Write([]byte(r.Title))
			b = h.Sum(b)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// undigested are the records of a digest as far as models see them: the title is a hash. They
// take thirty times the room of the digest, so their memory is used again.
type undigested struct {
	all  []model.Record
	list []*model.Record
}

// read takes a digest in; false = it cannot be read. What was read before is gone.
func (u *undigested) read(of model.SubjectID, b []byte) bool {
	u.all, u.list = slices.Grow(u.all[:0], 1+len(b)/64), u.list[:0]
	if len(b) == 0 || b[0] != digestForm {
		return false
	}
	d := digestReader{rest: string(b[1:])}
	owner := string(of) + "/"
	for d.rest != "" && !d.bad {
		u.all = append(u.all, model.Record{})
		d.record(owner, &u.all[len(u.all)-1])
	}
	for i := range u.all { // the memory may have moved meanwhile
		u.list = append(u.list, &u.all[i])
	}
	return !d.bad
}

type digestReader struct {
	rest  string
	known []string
	bad   bool
}

func (d *digestReader) record(owner string, r *model.Record) {
	mask := d.number()
	r.ID = model.RecordID(owner + d.text())
	var fields [textCount]string
	for i := range fields {
		if mask&(1<<i) == 0 || d.bad {
			continue
		}
		n := d.number()
		if n == uint64(len(d.known)) {
			d.known = append(d.known, d.text())
		}
		if n >= uint64(len(d.known)) {
			d.bad = true
			return
		}
		fields[i] = d.known[n]
	}
	setTexts(r, &fields)
	if mask&hasCount != 0 {
		r.Quantity = int(unzigzag(d.number()))
	}
	r.Disputed = mask&disputed != 0
	if titled(r.Kind) {
		r.Title = d.take(8)
	}
	d.bad = d.bad || mask >= disputed<<1 || !digested[r.Kind]
}

// unzigzag turns what AppendVarint wrote back.
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func (d *digestReader) number() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		c := d.take(1)
		if c == "" {
			return 0
		}
		if n |= uint64(c[0]&0x7f) << shift; c[0] < 0x80 {
			return n
		}
	}
	d.bad = true
	return 0
}

func (d *digestReader) text() string { return d.take(d.number()) }

func (d *digestReader) take(n uint64) (s string) {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return ""
	}
	s, d.rest = d.rest[:n], d.rest[n:]
	return s
}
