package passverify

import (
	"encoding/base64"
	"testing"
)

// FuzzAddUp: the rows of a file that is read add up, row by row or all at once.
func FuzzAddUp(f *testing.F) {
	const head = "类别,结果,标准价_分,应付_分,少付_分,同行人,已撤销\n"
	f.Add(head + "核验,享受优惠,8000,4800,0,2,\n核验,按标准,8000,8000,0,0,\n核验,享受优惠,,,0,0,\n")
	f.Add(head + "重复使用,,,,3200,,\n核验,享受优惠,1,1,0,0,是\n")
	f.Add("少付_分\n1\n")
	f.Add("同行人,少付_分\n-1,9223372036854775807\n1,1\n")
	f.Add("\ufeff" + head + "\"")
	f.Add("")
	f.Fuzz(func(t *testing.T, file string) {
		s, err := addUp([]byte(file))
		if err != nil {
			return
		}
		if s.Uses < 0 || s.Granted > s.Uses || s.Unpriced > s.Uses || s.Relief != s.Standard-s.Due {
			t.Fatalf("%+v", s)
		}
		if again, err := addUp([]byte(file)); err != nil || again != s {
			t.Fatalf("%+v, then %+v, %v", s, again, err)
		}
	})
}

// FuzzOpenSettlement: without a key that vouches for it nothing is a settlement.
func FuzzOpenSettlement(f *testing.F) {
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"type":"xinyi-settlement/1","digestAlgorithm":"SM3"}`))
	f.Add([]byte(`{"payload":"`+payload+`","signatures":[{"alg":"none","kid":"","signature":""}]}`), []byte("类别\n"))
	f.Add([]byte(`{"payload":"`+payload+`","signatures":[null,{}]}`), []byte(""))
	f.Add([]byte(`{"payload":5}`), []byte("x"))
	f.Add([]byte("null"), []byte{})
	b := &Bundle{}
	f.Fuzz(func(t *testing.T, signed, file []byte) {
		if s, err := b.OpenSettlement(signed, file); err == nil || s != nil {
			t.Fatalf("%+v, %v", s, err)
		}
	})
}
