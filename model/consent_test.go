package model_test

import (
	"testing"
	"time"

	"xinyi/model"
)

// An answer that rests on consents says when the first of them starts or ends.
func TestConsentsTurn(t *testing.T) {
	now := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	c := func(from, to int) model.Consent {
		return model.Consent{Recipient: "bank", Purpose: model.PurposeBankAssess, GrantedAt: at(from), ValidTo: at(to)}
	}
	revoked, other := c(-1, 2), c(-1, 3)
	revoked.RevokedAt, other.Recipient = at(-1), "other"
	for name, tc := range map[string]struct {
		consents []model.Consent
		want     time.Time
	}{
		"none":             {},
		"running":          {[]model.Consent{c(-1, 5)}, at(5)},
		"ends now":         {[]model.Consent{c(-1, 0)}, time.Time{}},
		"starts now":       {[]model.Consent{c(0, 5)}, at(5)},
		"to come":          {[]model.Consent{c(4, 5)}, at(4)},
		"never good":       {[]model.Consent{c(5, 4)}, time.Time{}},
		"revoked":          {[]model.Consent{revoked}, time.Time{}},
		"another's":        {[]model.Consent{other}, time.Time{}},
		"the first of all": {[]model.Consent{c(-1, 9), c(3, 8), revoked, other}, at(3)},
	} {
		if got := model.ConsentsTurn(tc.consents, "bank", model.PurposeBankAssess, now); !got.Equal(tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}
