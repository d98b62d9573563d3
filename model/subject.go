package model

import (
	"slices"
	"time"
)

// SubjectID names a credit subject (信用主体): the USCC of an organisation, or
// "p_" + a random time-ordered id for a person, never derived from a number.
type SubjectID string

// IsPerson reports whether the id is a natural person's.
func (id SubjectID) IsPerson() bool { return len(id) > 2 && id[:2] == "p_" }

// SubjectKey is an id in a fixed size, for tables that hold many.
type SubjectKey [28]byte

// Key gives the id as a key; false for one that is longer than those of people and organisations.
func (id SubjectID) Key() (key SubjectKey, ok bool) {
	n := copy(key[:], id)
	return key, n == len(id)
}

// SubjectKind is 主体类别.
type SubjectKind string

const (
	KindLegalPerson   SubjectKind = "legal_person"   // 法人及非法人组织
	KindSelfEmployed  SubjectKind = "self_employed"  // 个体工商户
	KindNaturalPerson SubjectKind = "natural_person" // 自然人
)

// Sealed is a value sealed by the vault: key id and ciphertext, opaque elsewhere.
type Sealed []byte

// Registration is 登记注册基本信息 of an organisation. All of it is public (企业信息公示).
type Registration struct {
	LegalRep      string `bson:"legalRep,omitempty"`      // 法定代表人/负责人/经营者, public by law
	LegalRepIndex string `bson:"legalRepIndex,omitempty"` // blind index of the representative's id number; never leaves the store
	RegNo         string `bson:"regNo,omitempty"`         // 工商注册号
	Type          string `bson:"type,omitempty"`          // 企业类型
	Status        string `bson:"status,omitempty"`        // 存续 / 注销 / 吊销
	EstablishedOn Date   `bson:"establishedOn,omitempty"`
	Address       string `bson:"address,omitempty"`
	Division      string `bson:"division,omitempty"` // 9-digit division of the address
	Authority     string `bson:"authority,omitempty"`
	Industry      string `bson:"industry,omitempty"`
	Size          string `bson:"size,omitempty"` // 大 / 中 / 小 / 微
	Scope         string `bson:"scope,omitempty"`
}

// SubjectFile is the one document of a subject: identity, summary of its records
// and the current judgement. It is written in the same batch as the records it
// summarises.
type SubjectFile struct {
	ID   SubjectID   `bson:"_id"`
	Kind SubjectKind `bson:"kind"`

	// Name is an organisation's name; "" for a person, whose name is in Identity.
	Name         string        `bson:"name,omitempty"`
	FormerNames  []string      `bson:"formerNames,omitempty"`
	FormerCodes  []string      `bson:"formerCodes,omitempty"`
	Registration *Registration `bson:"registration,omitempty"`

	// Identity seals PersonIdentity (JSON) of a natural person.
	Identity Sealed `bson:"identity,omitempty"`
	// Division is where a person lives (9 digits), for statistics; never from the id number.
	Division string `bson:"division,omitempty"`
	Adult    bool   `bson:"adult,omitempty"`
	// LevelOptIn says that the person joined the personal incentive level (自愿加入).
	LevelOptIn bool `bson:"levelOptIn,omitempty"`
	// LevelChosenAt is when the person last joined or left in their own hand; from then on no
	// import changes LevelOptIn.
	LevelChosenAt time.Time `bson:"levelChosenAt,omitempty"`
	// LevelText is the SHA-256 (hex) of the text that the person agreed to; "" when that came
	// with the data, or they did not join.
	LevelText string `bson:"levelText,omitempty"`
	// DeedsOptOut says that the person asked not to have good deeds recorded.
	DeedsOptOut bool `bson:"deedsOptOut,omitempty"`

	Summary   Summary    `bson:"summary"`
	Judgement *Judgement `bson:"judgement,omitempty"`
	// Consents that somebody granted over this subject's data; they live with the
	// subject, so that a look-up knows them by its one point read.
	Consents []Consent `bson:"consents,omitempty"`
	// ValidUntil is the first instant at which time alone could change Summary or
	// Judgement; zero when time alone never does.
	ValidUntil time.Time `bson:"validUntil,omitempty"`
	// SummaryUntil is the same for Summary alone; it counts where there are Facts.
	SummaryUntil time.Time `bson:"summaryUntil,omitempty"`
	// Facts is the digest of records that the subject is judged from again when the rules
	// change (事实摘要, see policy/grading); it is derived, and kept where there is a judgement.
	Facts []byte `bson:"facts,omitempty"`

	// UpdatedAt is when a fact about the subject last changed.
	UpdatedAt time.Time `bson:"updatedAt"`
	// Rev is the store's revision, for compare-and-swap; not part of the document.
	Rev int64 `bson:"-"`
}

// FileHead is what of a file decides whether an answer made from it is still true, and
// the sealed identity.
type FileHead struct {
	ID         SubjectID
	Rev        int64
	Kind       SubjectKind
	LevelOptIn bool
	Identity   Sealed // of a natural person; not to be changed
	// RuleVersion is that of the stored judgement; "" = there is none.
	RuleVersion string
	ValidUntil  time.Time // zero when time alone never changes the file
}

// Head gives the head of f.
func (f *SubjectFile) Head() FileHead {
	h := FileHead{ID: f.ID, Rev: f.Rev, Kind: f.Kind, LevelOptIn: f.LevelOptIn, Identity: f.Identity, ValidUntil: f.ValidUntil}
	if f.Judgement != nil {
		h.RuleVersion = f.Judgement.RuleVersion
	}
	return h
}

// Section is one of the eight parts of the national credit report (公共信用信息报告标准).
type Section string

const (
	SectionAdministration Section = "administration" // 行政管理
	SectionHonesty        Section = "honesty"        // 诚实守信
	SectionSerious        Section = "serious"        // 严重失信
	SectionAbnormal       Section = "abnormal"       // 经营异常
	SectionCommitment     Section = "commitment"     // 信用承诺
	SectionEvaluation     Section = "evaluation"     // 信用评价
	SectionJudicial       Section = "judicial"       // 司法判决
	SectionOther          Section = "other"          // 其他
)

// Sections lists them in report order.
func Sections() []Section {
	return []Section{SectionAdministration, SectionHonesty, SectionSerious, SectionAbnormal,
		SectionCommitment, SectionEvaluation, SectionJudicial, SectionOther}
}

// Summary is what a look-up shows of the records as of a moment; a pure function of
// the records and a day, see policy/summary.
type Summary struct {
	// Counts by section: of public, displayed records; of a person's, all live ones.
	Counts map[Section]int `bson:"counts,omitempty"`
	// Total of all live records, whatever their disclosure (own view).
	Total   int           `bson:"total,omitempty"`
	Lists   []ListMember  `bson:"lists,omitempty"`
	Ratings []RatingGrade `bson:"ratings,omitempty"`
	// Negatives are live adverse facts that are final and not repaired, newest first.
	Negatives []NegativeRef `bson:"negatives,omitempty"`
	// Held are records whose own display has ended, and which are shown on while the subject
	// stands on a serious list because of them (HN 19).
	Held []RecordID `bson:"held,omitempty"`
	// Labels are 守信激励对象, 专精特新 …: shown to everyone, so they rest on public records.
	Labels []string `bson:"labels,omitempty"`
}

// Within gives the part of the summary that rests on records of the given disclosures:
// nobody learns of a list or a rating whose record may not be shown to them. Counts and
// labels speak of public records anyway. s is not changed.
func (s Summary) Within(shown ...Disclosure) Summary {
	s.Lists = within(s.Lists, shown, func(m ListMember) Disclosure { return m.Disclosure })
	s.Ratings = within(s.Ratings, shown, func(r RatingGrade) Disclosure { return r.Disclosure })
	s.Negatives = within(s.Negatives, shown, func(n NegativeRef) Disclosure { return n.Disclosure })
	return s
}

func within[T any](all []T, shown []Disclosure, of func(T) Disclosure) []T {
	var kept []T
	for _, v := range all {
		if slices.Contains(shown, of(v)) {
			kept = append(kept, v)
		}
	}
	return kept
}

// ListMember is a live entry in one of the lists (名单).
type ListMember struct {
	Kind      ListKind `bson:"kind"`
	RecordID  RecordID `bson:"recordId"`
	Title     string   `bson:"title"`
	Authority string   `bson:"authority"`
	Basis     string   `bson:"basis,omitempty"`
	From      Date     `bson:"from"`
	Until     Date     `bson:"until,omitempty"`
	Disputed  bool     `bson:"disputed,omitempty"`
	// Disclosure of the record behind it.
	Disclosure Disclosure `bson:"disclosure"`
}

// RatingGrade is the current grade in one sector scheme (行业信用评价).
type RatingGrade struct {
	Sector   string   `bson:"sector"`
	Grade    string   `bson:"grade"`
	Period   string   `bson:"period"`
	Scope    string   `bson:"scope,omitempty"`
	RecordID RecordID `bson:"recordId"`
	Disputed bool     `bson:"disputed,omitempty"`
	// Disclosure of the record behind it.
	Disclosure Disclosure `bson:"disclosure"`
}

// NegativeRef is a live adverse fact in short: what a clerk's or bank's rule needs to know.
type NegativeRef struct {
	RecordID  RecordID   `bson:"recordId"`
	Kind      RecordKind `bson:"kind"`
	Title     string     `bson:"title"`
	Authority string     `bson:"authority"`
	Severity  Severity   `bson:"severity,omitempty"`
	Since     Date       `bson:"since"`
	Until     Date       `bson:"until,omitempty"`
	BanDays   int        `bson:"banDays,omitempty"` // of a broken promise; 0 = not said, -1 = none
	Disputed  bool       `bson:"disputed,omitempty"`
	// Disclosure of the record behind it.
	Disclosure Disclosure `bson:"disclosure"`
}

// BanEnds gives the first day on which a broken promise closes nothing any more; usual is how
// long it does where the record does not say, days.
func (n *NegativeRef) BanEnds(usual int) Date {
	switch {
	case n.BanDays < 0:
		return n.Since
	case n.BanDays > 0:
		usual = n.BanDays
	}
	return n.Since.AddDays(usual)
}
