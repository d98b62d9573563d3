package benefit

import (
	"bytes"
	"encoding/json"
	"time"

	"xinyi/model"
)

// decisionText is a decision in a form that is the same wherever it was kept.
type decisionText struct {
	BenefitCode string           `json:"benefitCode"`
	Outcome     model.Outcome    `json:"outcome"`
	RuleVersion string           `json:"ruleVersion"`
	PayPercent  int              `json:"payPercent"`
	PayFen      *int64           `json:"payFen,omitempty"`
	Conditions  []reasonText     `json:"conditions"`
	Parameters  []paramText      `json:"parameters,omitempty"`
	Facts       []model.RecordID `json:"facts,omitempty"`
	Missing     []string         `json:"missing,omitempty"`
	ValidUntil  string           `json:"validUntil,omitempty"` // Asia/Shanghai, milliseconds
}

type reasonText struct {
	ID      string        `json:"id"`
	Outcome model.Outcome `json:"outcome"`
	Text    string        `json:"text"`
}

type paramText struct {
	Name  string     `json:"name"`
	Value string     `json:"value"`
	Since model.Date `json:"since"`
}

// DecisionText writes a decision as JSON of one form: two decisions are the same when their
// texts are.
func DecisionText(d model.Decision) ([]byte, error) {
	t := decisionText{BenefitCode: d.BenefitCode, Outcome: d.Outcome, RuleVersion: d.RuleVersion, PayPercent: d.PayPercent, PayFen: d.PayFen, Facts: d.Facts, Missing: d.Missing}
	for _, r := range d.Conditions {
		t.Conditions = append(t.Conditions, reasonText(r))
	}
	for _, p := range d.Parameters {
		t.Parameters = append(t.Parameters, paramText(p))
	}
	if !d.ValidUntil.IsZero() {
		t.ValidUntil = d.ValidUntil.Truncate(time.Millisecond).In(model.Shanghai).Format("2006-01-02T15:04:05.000-07:00")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(t)
	return b.Bytes(), err
}
