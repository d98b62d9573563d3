package ingest

import (
	"reflect"
	"regexp"
	"strings"
	"sync"

	"xinyi/model"
)

// Row is one line of an import file. The JSON keys are the column names of CSV and
// XLSX. Which ones are needed depends on Kind: "enterprise" and "person" describe a
// subject, "rating_stat" a published distribution, "consent" an authorisation; every
// other kind is a model.RecordKind.
type Row struct {
	Kind string `json:"kind"`

	// The subject: USCC for an organisation; name and idNo for a person.
	SubjectKind string `json:"subjectKind,omitempty"`
	USCC        string `json:"uscc,omitempty"`
	Name        string `json:"name,omitempty"`
	IDNo        string `json:"idNo,omitempty"`
	Division    string `json:"division,omitempty"`
	LevelOptIn  bool   `json:"levelOptIn,omitempty"` // person joined the incentive level
	// DeedsOptOut: the person asked not to have good deeds recorded (SZ 39).
	DeedsOptOut bool `json:"deedsOptOut,omitempty"`

	// Registration of an enterprise.
	FormerNames   string `json:"formerNames,omitempty"` // separated by ;
	FormerCodes   string `json:"formerCodes,omitempty"` // separated by ;
	RegNo         string `json:"regNo,omitempty"`
	LegalRep      string `json:"legalRep,omitempty"`
	LegalRepIDNo  string `json:"legalRepIdNo,omitempty"` // kept only as a blind index
	EntType       string `json:"entType,omitempty"`
	Status        string `json:"status,omitempty"`
	EstablishedOn string `json:"establishedOn,omitempty"`
	Address       string `json:"address,omitempty"`
	RegAuthority  string `json:"regAuthority,omitempty"`
	Industry      string `json:"industry,omitempty"`
	Size          string `json:"size,omitempty"`
	Scope         string `json:"scope,omitempty"` // business scope; scope of a rating

	// A record.
	Title           string `json:"title,omitempty"`
	DocNo           string `json:"docNo,omitempty"`
	Content         string `json:"content,omitempty"`
	Category        string `json:"category,omitempty"`
	LegalBasis      string `json:"legalBasis,omitempty"`
	Authority       string `json:"authority,omitempty"`
	AuthorityUSCC   string `json:"authorityUscc,omitempty"`
	Source          string `json:"source,omitempty"`
	SourceUSCC      string `json:"sourceUscc,omitempty"`
	DecisionDate    string `json:"decisionDate,omitempty"`
	ValidFrom       string `json:"validFrom,omitempty"`
	ValidTo         string `json:"validTo,omitempty"`
	Disclosure      string `json:"disclosure,omitempty"`
	Severity        string `json:"severity,omitempty"`
	Finality        string `json:"finality,omitempty"`
	Procedure       string `json:"procedure,omitempty"` // summary or ordinary
	DutyFulfilledOn string `json:"dutyFulfilledOn,omitempty"`
	FineFen         int64  `json:"fineFen,omitempty"`
	Disputed        bool   `json:"disputed,omitempty"`
	List            string `json:"list,omitempty"`
	Sector          string `json:"sector,omitempty"`
	Grade           string `json:"grade,omitempty"`
	Period          string `json:"period,omitempty"`
	Points          string `json:"points,omitempty"` // of a rating; "" = none were given, which is not 0
	Fulfilment      string `json:"fulfilment,omitempty"`
	HonorLevel      string `json:"honorLevel,omitempty"`
	Quantity        int    `json:"quantity,omitempty"`
	// Details are fields that only the form knows; tables have a column details.KEY for each.
	Details []model.Detail `json:"details,omitempty"`

	// A published distribution.
	SubjectLabel string `json:"subjectLabel,omitempty"` // 施工单位 …
	Total        int    `json:"total,omitempty"`        // 0 = not published
	Distribution string `json:"distribution,omitempty"` // "A=35;B=58"

	// A consent.
	Recipient     string `json:"recipient,omitempty"` // unit (USCC) that may look
	Purpose       string `json:"purpose,omitempty"`
	RecipientName string `json:"recipientName,omitempty"`
}

// columns gives the field of Row by column name: those that one cell fills.
var columns = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for i := range reflect.TypeFor[Row]().NumField() {
		if reflect.TypeFor[Row]().Field(i).Type.Kind() == reflect.Slice {
			continue
		}
		name, _, _ := strings.Cut(reflect.TypeFor[Row]().Field(i).Tag.Get("json"), ",")
		m[name] = i
	}
	return m
})

// detailKey is how details are named.
var detailKey = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)

// Takes reports whether tables may have such a column.
func Takes(column string) bool {
	if key, ok := strings.CutPrefix(column, model.DetailColumn); ok {
		return detailKey.MatchString(key)
	}
	_, ok := columns()[column]
	return ok
}

// Kinds of rows that are not records.
const (
	KindEnterprise = "enterprise"
	KindPerson     = "person"
	KindRatingStat = "rating_stat"
	KindConsent    = "consent"
)

// Fault is why one row was rejected.
type Fault = model.ImportFault
