package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
)

// needles are what must stand nowhere in clear: every id number of the district, and every
// full name but those of legal representatives, which the register publishes.
type needles struct {
	numbers, names map[string]bool
	lengths        map[int]bool // of names, in bytes
	// digests of requests with a name and number in them: who has the store could try all
	// numbers, unless a key is in it.
	digests map[string]bool
}

func (w *world) needles() needles {
	w.t.Helper()
	d, err := synth.New(synth.Config{People: demoPeople, Orgs: demoOrgs, PerPerson: demoPerPerson, Seed: demoSeed, AsOf: model.DateOf(w.server.platform.clock.Now())})
	require.NoError(w.t, err)
	n := needles{numbers: map[string]bool{}, names: map[string]bool{}, lengths: map[int]bool{}, digests: map[string]bool{}}
	public := map[string]bool{w.demo.Citizens[demoRepresentative].Name: true}
	require.NoError(w.t, d.Each(func(row *ingest.Row) error {
		switch row.Kind {
		case ingest.KindEnterprise:
			public[row.LegalRep] = true
			if row.LegalRepIDNo != "" {
				n.numbers[row.LegalRepIDNo] = true
			}
		case ingest.KindPerson:
			n.numbers[row.IDNo], n.names[row.Name] = true, true
		}
		return nil
	}))
	for _, c := range w.demo.Citizens {
		n.numbers[c.IDNo], n.names[c.Name] = true, true
		body, err := json.Marshal(api.IdentityRequest{Name: c.Name, IDNo: c.IDNo})
		require.NoError(w.t, err)
		for _, text := range []string{string(body), "/v1/me/identity\x00" + string(body), c.IDNo, c.Name + c.IDNo} {
			n.digests[fmt.Sprintf("%x", sha256.Sum256([]byte(text)))] = true
		}
	}
	maps.DeleteFunc(n.names, func(name string, _ bool) bool { return public[name] })
	for name := range n.names {
		n.lengths[len(name)] = true
	}
	require.Greater(w.t, len(n.numbers), demoPeople)
	require.Greater(w.t, len(n.names), demoPeople/2)
	return n
}

// search reports what stands in b, without showing more than where.
func (n needles) search(t *testing.T, where string, b []byte) {
	t.Helper()
	for i, c := range b {
		switch {
		case '0' <= c && c <= '9':
			if i+18 <= len(b) && n.numbers[string(b[i:i+18])] {
				t.Errorf("%s: an id number in clear: %s…", where, b[i:i+6])
			}
		case c >= 0xe0: // the first byte of a Chinese character
			for length := range n.lengths {
				if i+length <= len(b) && n.names[string(b[i:i+length])] {
					t.Errorf("%s: a name in clear: %s", where, model.MaskName(string(b[i:i+length])))
				}
			}
		}
	}
}

// TestPersonalData drives every flow with real names and numbers, in bodies, paths, queries
// and headers, right and wrong, and then looks for them in everything that stays.
func TestPersonalData(t *testing.T) {
	w := startDemo(t)
	n := w.needles()
	for i, c := range w.demo.Citizens {
		w.mistreat(fmt.Sprintf("citizen%d", i+1), c.Name, c.IDNo)
	}
	codes := 0
	for number := range n.numbers { // some happen to be good codes of enterprises
		if model.ValidUnifiedSocialCreditCode(number) {
			codes++
			w.do("client:bank", "GET", "/v1/loan/whitelist/"+number, nil).want(200)
			w.do("", "GET", "/v1/enterprises/"+number, nil).want(404)
			w.do("citizen1", "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: number}).want(404)
			w.do("office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: api.SubjectRef{USCC: number}, Purpose: "award"}).want(404)
		}
	}
	require.Positive(t, codes)
	all := slices.Sorted(maps.Keys(n.numbers))
	all = all[:min(len(all), 1000)]
	w.do("client:bank", "POST", "/v1/loan/whitelist/checks", api.WhitelistChecks{USCCs: all}).want(200)

	n.search(t, "metrics", []byte(w.metrics()))
	w.stop()
	n.search(t, "log", []byte(w.log.String()))
	n.search(t, "standard output", []byte(w.stdout.String()))
	n.search(t, "error bodies", w.errors.Bytes())
	require.Positive(t, w.errors.Len())
	n.searchFolder(t, w.cfg.Data)
	if w.cfg.Store != "" {
		return // MongoDB's own files are elsewhere
	}
	n.searchStore(t, storeDir(w.cfg.Data))
}

// mistreat sends a citizen's name and number wherever something can be sent.
func (w *world) mistreat(who, name, number string) {
	person := api.SubjectRef{Name: name, IDNo: number}
	wrong := number[:17] + string(rune('0'+(number[16]-'0'+1)%10))
	text := name + number
	q := escape(name)
	// Rightly.
	w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: name, IDNo: number})
	for _, target := range []string{"/v1/me", "/v1/me/credit", "/v1/me/credit/records", "/v1/me/benefits", "/v1/me/enterprises", "/v1/me/access-log"} {
		w.do(who, "GET", target, nil)
	}
	a := w.do(who, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: "TT-PARK-80"})
	if a.status == 201 {
		scan := api.GateScan{Pass: as[api.Pass](a).Pass}
		w.do("client:gate", "POST", "/v1/gate/checks", scan).want(200)
		w.do("client:gate", "POST", "/v1/gate/redemptions", scan).want(201)
	}
	w.do(who, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: w.lastEnterprise().USCC})
	for _, role := range []string{"office", "clerk", "client:bank"} {
		for _, purpose := range []string{"award", "approval", "bank_assess", "employment", "tender"} {
			w.do(role, "POST", "/v1/credit-queries", api.CreditQuery{Subject: person, Purpose: purpose})
		}
	}
	w.do("clerk", "POST", "/v1/approvals/checks", api.ApprovalCheckRequest{Subject: person, ItemCode: "SP-VENUE-002", MissingMaterials: []string{"D01"}}).want(200)
	// Wrongly.
	for _, subject := range []api.SubjectRef{{Name: name, IDNo: wrong}, {Name: name + "x", IDNo: number}, {USCC: number}, {Name: name}, {IDNo: number},
		{Name: number, IDNo: number}, {USCC: number, Name: name, IDNo: number}} {
		w.do("office", "POST", "/v1/credit-queries", api.CreditQuery{Subject: subject, Purpose: "award", ConsentID: number})
		w.do("clerk", "POST", "/v1/approvals/checks", api.ApprovalCheckRequest{Subject: subject, ItemCode: text, MissingMaterials: []string{name, number}})
	}
	w.do("clerk", "POST", "/v1/approvals/checks", api.ApprovalCheckRequest{Subject: person, ItemCode: "SP-VENUE-002", MissingMaterials: []string{number}})
	w.do("office", "POST", "/v1/credit-queries", `{"subject":{"name":"`+name+`","idNo":"`+number+`"},"purpose":"`+text+`","`+number+`":"`+name+`"}`)
	w.do("office", "POST", "/v1/credit-queries", `{"subject":{"name":"`+name+`","idNo":"`+number+`"}`)
	w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: name + "的", IDNo: number})
	w.do(who, "POST", "/v1/me/identity", api.IdentityRequest{Name: name, IDNo: wrong}, "Idempotency-Key", number)
	w.do(who, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: number}, "Idempotency-Key", number)
	w.do(who, "POST", "/v1/me/passes", api.PassRequest{BenefitCode: number})
	w.do("client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: text})
	w.do("client:gate", "POST", "/v1/gate/redemptions", api.GateScan{Pass: "XY1:" + number})
	w.do("", "POST", "/v1/auth/wechat", api.WeChatSignIn{Code: number})
	w.do("", "POST", "/v1/auth/staff", api.StaffSignIn{Username: number, Password: name})
	w.do("", "POST", "/v1/auth/refresh", api.RefreshRequest{RefreshToken: text})
	w.clientToken(number, name)
	for _, target := range []string{"/v1/enterprises?q=" + q, "/v1/enterprises?q=" + number, "/v1/enterprises/" + number, "/v1/enterprises/" + number + "/records",
		"/v1/enterprises/" + q, "/v1/lists/" + number, "/v1/lists/honor?q=" + q, "/v1/lists/honor?cursor=" + number, "/v1/sectors/" + number,
		"/v1/sectors/tax/ratings?scope=" + number, "/v1/benefits/" + number, "/v1/benefits?site=" + number, "/v1/" + number, "/" + q, "/v1/enterprises?" + number + "=" + q} {
		w.do("", "GET", target, nil, "X-Request-Id", number, "User-Agent", number, "Referer", "http://x/"+number, "If-None-Match", `"`+number+`"`)
	}
	w.do("office", "GET", "/v1/records/"+number, nil)
	w.do("office", "GET", "/v1/records/"+number+"."+strings.Repeat("0", 26), nil)
	w.do("auditor", "GET", "/v1/audit/proofs/0?origin="+number, nil)
	w.do("gate", "GET", "/v1/gate/redemptions?date="+number, nil)
	w.do(who, "GET", "/v1/me/enterprises/"+number+"/credit", nil)
	w.do("", "GET", "/v1/me", nil, "Authorization", "Bearer "+number)
	w.do("", "GET", "/healthz", nil, "Traceparent", "00-"+number+"-1-01")
	if r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.server.baseURL+"/v1/me", nil); err == nil {
		r.SetBasicAuth(number, name)
		w.send(r, nil, "")
	}
}

// searchFolder looks into the raw bytes of every file but demo.json, the one clear copy.
func (n needles) searchFolder(t *testing.T, dir string) {
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == "demo.json" {
			return err
		}
		files++
		body, err := os.ReadFile(path)
		n.search(t, filepath.Base(path), body)
		return err
	})
	require.NoError(t, err)
	require.Greater(t, files, 3)
}

// searchStore walks every key and every value that the engine holds, as stored and decoded.
func (n needles) searchStore(t *testing.T, dir string) {
	db, err := pebble.Open(dir, &pebble.Options{ReadOnly: true, Logger: quiet{}})
	require.NoError(t, err)
	defer db.Close()
	it, err := db.NewIter(nil)
	require.NoError(t, err)
	defer it.Close()
	colls := map[string]int{}
	for it.First(); it.Valid(); it.Next() {
		key := it.Key()
		coll, _, _ := strings.Cut(string(key[1:]), "\x00")
		n.search(t, "a key of "+coll, key)
		value, err := it.ValueAndErr()
		require.NoError(t, err)
		n.search(t, "a document of "+coll, value)
		if key[0] != 'd' {
			continue
		}
		colls[coll]++
		if len(value) <= 18 {
			continue // a document that says only its id: the key was searched
		}
		n.searchValue(t, coll, bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: document(t, value)})
	}
	require.NoError(t, it.Error())
	for _, coll := range []string{"subjects", "records", "accounts", "sessions", "audit_entries", "audit_access", "usage", "redemptions", "idempotency", "person_index", "control"} {
		require.Positive(t, colls[coll], "no document of %s was seen", coll)
	}
}

// document skips what the engine puts before the BSON: eight bytes of stamp and the revision.
func document(t *testing.T, value []byte) []byte {
	for at := 9; at < 9+10 && at+4 < len(value); at++ {
		if doc := bson.Raw(value[at:]); doc.Validate() == nil && int(doc[0])|int(doc[1])<<8|int(doc[2])<<16|int(doc[3])<<24 == len(doc) {
			return doc
		}
	}
	t.Error("a value that holds no document")
	return nil
}

// searchValue looks into every text and binary, and into what they are when decoded.
func (n needles) searchValue(t *testing.T, where string, v bson.RawValue) {
	switch v.Type {
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		elements, err := bson.Raw(v.Value).Elements()
		if len(v.Value) == 0 || err != nil {
			return
		}
		for _, e := range elements {
			n.searchValue(t, where+"."+e.Key(), e.Value())
		}
	case bson.TypeString:
		n.searchText(t, where, []byte(v.StringValue()))
	case bson.TypeBinary:
		_, data := v.Binary()
		n.searchText(t, where, data)
	}
}

func (n needles) searchText(t *testing.T, where string, text []byte) {
	n.search(t, where, text)
	if n.digests[string(text)] {
		t.Errorf("%s: a digest without a key", where)
	}
	for name, decode := range map[string]func(string) ([]byte, error){"base64": base64.StdEncoding.DecodeString, "base64url": base64.RawURLEncoding.DecodeString, "hex": hex.DecodeString} {
		if plain, err := decode(string(text)); err == nil {
			n.search(t, where+" as "+name, plain)
		}
	}
}

type quiet struct{}

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(string, ...any) {}
