package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

// TestIdentifiersDoNotLeak prints, logs and encodes every identifier in every
// way we know and looks for the clear text and its digits.
func TestIdentifiersDoNotLeak(t *testing.T) {
	uscc, err := ParseUnifiedSocialCreditCode("91410200584364333F")
	id, err2 := ParseCitizenID("410203190001019990", testToday)
	org, err3 := ParseOrgCode("584364333")
	reg, err4 := ParseRegNo("41020310000123" + string(rune(regNoCheck("41020310000123"))))
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	_, sugErr := ParseUnifiedSocialCreditCode("9I410200584364333F")
	sug := sugErr.(*IdentifierError).Suggestion

	for _, c := range []struct{ clear, mask string }{
		{uscc.Reveal(), fmt.Sprint(uscc)}, {id.Reveal(), fmt.Sprint(id)}, {org.Reveal(), fmt.Sprint(org)}, {reg.Reveal(), fmt.Sprint(reg)},
	} {
		if len(c.mask) != len(c.clear) || strings.Count(c.mask, "*") < 4 {
			t.Errorf("mask of %s is %s", c.clear, c.mask)
		}
	}
	for _, c := range []struct {
		clear  string
		values []any
	}{
		{uscc.Reveal(), []any{uscc, &uscc, []any{uscc}, struct{ Code UnifiedSocialCreditCode }{uscc}, sug, sugErr, struct{ Err any }{sugErr}}},
		{org.Reveal(), []any{org, &org, struct{ Code OrgCode }{org}}},
		{reg.Reveal(), []any{reg, &reg, struct{ No RegNo }{reg}}},
		// A person's number must also be safe where fmt asks no method: unexported fields.
		{id.Reveal(), []any{id, &id, []CitizenID{id}, map[CitizenID]CitizenID{id: id}, struct{ ID CitizenID }{id}, struct{ ID *CitizenID }{&id},
			struct{ id CitizenID }{id}, &struct{ id CitizenID }{id}, struct{ id *CitizenID }{&id}, struct{ ids []CitizenID }{[]CitizenID{id}},
			struct{ m map[CitizenID]any }{map[CitizenID]any{id: id}}, struct{ in struct{ id any } }{struct{ id any }{id}}, [1]any{id}, struct{ CitizenID }{id}}},
	} {
		for _, v := range c.values {
			for how, out := range renderings(v) {
				// fmt asks no method for %p and a stray %w: the codes of organisations, which
				// are public strings, show there. A person's number must not.
				if c.clear != id.Reveal() && strings.HasPrefix(how, "%") && strings.ContainsAny(how, "pw") {
					continue
				}
				if leaks(out, c.clear) {
					t.Errorf("%s of %T leaks: %s", how, v, out)
				}
			}
		}
	}
	for f := range reflect.TypeFor[CitizenID]().Fields() {
		if f.IsExported() {
			t.Errorf("field %s can be read by encoders", f.Name)
		}
	}
}

// renderings is v in every way a program prints or encodes by accident.
func renderings(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range "vsqxXdboUtceEfgGpTw" {
		for _, flags := range []string{"", "#", "+", "+#", " ", "40", "-40.30"} {
			f := "%" + flags + string(verb)
			out[f] = fmt.Sprintf(f, v)
		}
	}
	out["Errorf"] = fmt.Errorf("wrapped: %w %v", errors.New("x"), v).Error()
	if b, err := json.Marshal(v); err == nil {
		out["json"] = string(b)
	}
	var buf bytes.Buffer
	opts := &slog.HandlerOptions{Level: slog.LevelDebug}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&buf, opts), slog.NewTextHandler(&buf, opts)} {
		slog.New(h).With("with", v).WithGroup("g").Log(context.Background(), slog.LevelInfo, "m", "v", v, slog.Group("h", "v", v))
	}
	out["slog"] = buf.String()
	return out
}

// leaks reports whether text, its hexadecimal forms or its inner eight characters stand in out.
func leaks(out, clear string) bool {
	out = strings.ToLower(out)
	inner := clear[len(clear)-9 : len(clear)-3]
	for _, c := range []string{clear, inner} {
		hex := fmt.Sprintf("%x", c)
		spaced := strings.TrimSpace(fmt.Sprintf("% x", c))
		for _, form := range []string{c, hex, spaced, fmt.Sprint([]byte(c))} {
			if strings.Contains(out, strings.ToLower(strings.Trim(form, "[]"))) {
				return true
			}
		}
	}
	return false
}

func FuzzIdentifiers(f *testing.F) {
	for _, s := range []string{"91410200584364333F", "９１４１０２００５８４３６４３３３Ｆ", "9I410200584364333F", "410203190001019990", "11010519491231002x",
		"410203000101999", "58436433-3", "410203100001236", "", "\xff", "ſK\u2028—", strings.Repeat("9", 99)} {
		f.Add(s)
	}
	type parser struct {
		name  string
		parse func(string) (clear, mask string, err error)
	}
	parsers := []parser{
		{"uscc", func(s string) (string, string, error) {
			c, err := ParseUnifiedSocialCreditCode(s)
			return c.Reveal(), c.String(), err
		}},
		{"idNo", func(s string) (string, string, error) {
			c, err := ParseCitizenID(s, testToday)
			return c.Reveal(), c.String(), err
		}},
		{"orgCode", func(s string) (string, string, error) {
			c, err := ParseOrgCode(s)
			return c.Reveal(), c.String(), err
		}},
		{"regNo", func(s string) (string, string, error) {
			c, err := ParseRegNo(s)
			return c.Reveal(), c.String(), err
		}},
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = ConvertOldCitizenID(s, testToday)
		for _, p := range parsers {
			clear, mask, err := p.parse(s)
			if err != nil {
				e := err.(*IdentifierError)
				if clear != "" || e.Identifier != p.name || e.Rule == "" || e.Detail == "" {
					t.Fatalf("%s: half an answer: %q %+v", p.name, clear, e)
				}
				if n := strings.TrimSpace(s); len(n) > 4 && strings.Contains(e.Error()+e.Detail+fmt.Sprintf("%+v %#v", e, *e), n) {
					t.Fatalf("%s: the error repeats its input", p.name)
				}
				if r := e.Suggestion.Reveal(); r != "" {
					if again, _, err := p.parse(r); err != nil || again != r {
						t.Fatalf("%s: suggests what it refuses: %q", p.name, r)
					}
				}
				continue
			}
			if again, _, err := p.parse(clear); err != nil || again != clear {
				t.Fatalf("%s: not idempotent: %q → %q, %v", p.name, clear, again, err)
			}
			if _, _, err := p.parse(mask); err == nil {
				t.Fatalf("%s: the mask %q parses", p.name, mask)
			}
		}
	})
}
