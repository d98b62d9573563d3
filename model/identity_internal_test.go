package model

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What readPlainIdentity reads is what the decoder reads; the rest it leaves to the decoder.
func TestReadPlainIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := PersonIdentity{Name: rapid.String().Draw(t, "name"), IDNo: rapid.StringMatching(`[0-9]{17}[0-9X]`).Draw(t, "number")}
		plain, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		var got PersonIdentity
		if readPlainIdentity(plain, &got) && got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
	var plain PersonIdentity
	if !readPlainIdentity([]byte(`{"name":"王沐宸","idNo":"410203190001019990"}`), &plain) || plain.Name != "王沐宸" || plain.IDNo != "410203190001019990" {
		t.Errorf("got %+v", plain)
	}
	for _, odd := range []string{"", "{}", `{"name":"a"}`, `{"name":"a","idNo":"1"`, `{"name":"a","idNo":"1","x":"2"}`, `{"name":"a\"","idNo":"1"}`} {
		if readPlainIdentity([]byte(odd), &plain) {
			t.Errorf("%s was read", odd)
		}
	}
}

// A damaged identity is an error that says nothing of it, whoever prints its causes.
func TestReadIdentity(t *testing.T) {
	who, err := ReadIdentity([]byte(`{"idNo":"410203190001019990","name":"\u738b"}`))
	if err != nil || who.Name != "王" {
		t.Fatal(who, err)
	}
	for _, damaged := range []string{"", `{"name":王沐宸`, `{"name":410203190001019990,"idNo":"x"}`, `{"name":"a","idNo":"410203190001019990"}x`} {
		who, err := ReadIdentity([]byte(damaged))
		if who != (PersonIdentity{}) || CodeOf(err) != CodeInternal || errors.Unwrap(err) != nil || strings.Contains(err.Error(), "4102") {
			t.Errorf("%s: %+v, %v", damaged, who, err)
		}
	}
}
