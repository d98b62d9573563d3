package credit

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"xinyi/model"
)

// What readIdentity reads is what the decoder reads; the rest it leaves to the decoder.
func TestReadIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := model.PersonIdentity{Name: rapid.String().Draw(t, "name"), IDNo: rapid.StringMatching(`[0-9]{17}[0-9X]`).Draw(t, "number")}
		plain, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain, &want); err != nil {
			t.Fatal(err)
		}
		var got model.PersonIdentity
		if readIdentity(plain, &got) && got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
	var plain model.PersonIdentity
	if !readIdentity([]byte(`{"name":"王沐宸","idNo":"410203190001019990"}`), &plain) || plain.Name != "王沐宸" || plain.IDNo != "410203190001019990" {
		t.Errorf("got %+v", plain)
	}
	for _, odd := range []string{"", "{}", `{"name":"a"}`, `{"name":"a","idNo":"1"`, `{"name":"a","idNo":"1","x":"2"}`, `{"name":"a\"","idNo":"1"}`} {
		if readIdentity([]byte(odd), &plain) {
			t.Errorf("%s was read", odd)
		}
	}
}
