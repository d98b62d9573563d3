package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/mozillazg/go-pinyin"
	"golang.org/x/sync/errgroup"

	"xinyi/model"
	"xinyi/policy/pass"
)

// job is one thing that people ask of the product, measured from outside.
type job struct {
	name  string // of --job
	title string // in the report
	// make gives raw requests. n is how many a phase will need at most where each may be
	// sent once only; elsewhere it is a wish.
	make func(ctx context.Context, c *county, n int) ([][]byte, error)
	// used says that a request can be sent once only, so that each phase takes new ones.
	used bool
	// stale says that the requests must be made anew for each number of connections.
	stale bool
	// first turns a request into the one that is sent once before anything is measured, as
	// people do it; nil = nothing is.
	first func(request []byte) []byte
	// marker counts answers of one kind, see markerNote.
	marker, markerNote string
	// openConns is the number of connections of the open-loop run.
	openConns int
}

const (
	benchIssuer  = "http://bench.invalid"
	benchBenefit = "TT-PARK-80"
	benchSite    = "tieta-park"
	benchUnit    = "91410203MA9BENCH0X" // never looked up
)

// pools are how many different requests are made where requests can be sent again.
const (
	poolFiles  = 60_000
	poolPasses = 10_000
	poolSearch = 20_000
)

func benchJobs() []job {
	return []job{
		{name: "file", title: "public enterprise file 企业公示档案", make: fileRequests, openConns: 64},
		{name: "own", title: "own credit file 本人信用档案", make: ownRequests, openConns: 64},
		{name: "bank", title: "bank whitelist check 信易贷白名单核验", make: bankRequests, openConns: 256,
			marker: `"listed":true`, markerNote: "listed"},
		{name: "gate", title: "gate check, pass seen before 核验（该凭证已验过签）", make: gateRequests, stale: true, first: itself, openConns: 256,
			marker: `"result":"pass"`, markerNote: "pass"},
		{name: "gatefirst", title: "gate check, pass never seen 核验（首次出示）", make: gateRequests, used: true, openConns: 256,
			marker: `"result":"pass"`, markerNote: "pass"},
		{name: "redeem", title: "gate redemption, pass checked before 核销（先核验）", make: redeemRequests, used: true, first: checkOf, openConns: 256,
			marker: `"result":"pass"`, markerNote: "pass"},
		{name: "search", title: "enterprise search 企业检索", make: searchRequests, openConns: 64},
	}
}

// Parts of the bench that are no HTTP job.
const (
	jobRaw     = "raw"
	jobImport  = "import"
	jobStart   = "start"
	jobOffline = "offline"
)

func jobNames() []string {
	names := []string{jobStart, jobRaw, jobImport, jobOffline}
	for _, j := range benchJobs() {
		names = append(names, j.name)
	}
	return names
}

// request writes one HTTP/1.1 request as it goes over the wire.
func request(method, path, token string, body string, fields ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: bench\r\n", method, path)
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		fmt.Fprintf(&b, "%s: %s\r\n", fields[i], fields[i+1])
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.WriteString(body)
	return []byte(b.String())
}

func dice(stream uint64) *mathrand.Rand { return mathrand.New(mathrand.NewPCG(countySeed, stream)) }

// fileRequests asks for uniformly random organisations: the generator draws from all.
func fileRequests(_ context.Context, c *county, _ int) ([][]byte, error) {
	requests := make([][]byte, 0, len(c.orgs))
	for _, org := range c.orgs {
		requests = append(requests, request("GET", "/v1/enterprises/"+org.uscc, "", ""))
	}
	return requests, nil
}

func ownRequests(_ context.Context, c *county, n int) ([][]byte, error) {
	people := c.people[:min(n, len(c.people))]
	requests := make([][]byte, len(people))
	return requests, spread(len(people), func(i int) error {
		token, err := c.token(model.Principal{ID: fmt.Sprintf("acct_bench%d", i), Role: model.RoleCitizen, Subject: people[i].id})
		requests[i] = request("GET", "/v1/me/credit", token, "")
		return err
	})
}

func bankRequests(_ context.Context, c *county, _ int) ([][]byte, error) {
	token, err := c.token(model.Principal{ID: "client_bench_bank", Role: model.RoleBank, Unit: benchUnit, UnitName: "某银行"})
	if err != nil {
		return nil, err
	}
	requests := make([][]byte, 0, len(c.orgs))
	for _, org := range c.orgs {
		requests = append(requests, request("GET", "/v1/loan/whitelist/"+org.uscc, token, ""))
	}
	return requests, nil
}

func gateRequests(ctx context.Context, c *county, n int) ([][]byte, error) {
	return c.passRequests(ctx, n, "/v1/gate/checks", false)
}

func redeemRequests(ctx context.Context, c *county, n int) ([][]byte, error) {
	return c.passRequests(ctx, n, "/v1/gate/redemptions", true)
}

func itself(request []byte) []byte { return request }

// checkOf gives the check of the pass that a redemption shows; a check ignores the key.
func checkOf(redemption []byte) []byte {
	return bytes.Replace(redemption, []byte("POST /v1/gate/redemptions "), []byte("POST /v1/gate/checks "), 1)
}

// passRequests mints n passes of random holders, good for a minute from now.
func (c *county) passRequests(ctx context.Context, n int, path string, keyed bool) ([][]byte, error) {
	token, err := c.token(model.Principal{ID: "client_bench_gate", Role: model.RoleGate, Unit: benchUnit, UnitName: "铁塔公园", Sites: []string{benchSite}})
	if err != nil {
		return nil, err
	}
	codec := pass.NewCodec(c.vault, c.vault, 0)
	holders := make([]countyPerson, n)
	for i, r := 0, dice(uint64(time.Now().UnixNano())); i < n; i++ {
		holders[i] = c.people[r.IntN(len(c.people))]
	}
	requests := make([][]byte, n)
	return requests, spread(n, func(i int) error {
		at := time.Now().Truncate(time.Second)
		text, err := codec.Mint(ctx, holders[i].id, pass.Claims{Benefit: benchBenefit, PayPercent: 80, HolderMasked: holders[i].masked,
			Site: benchSite, IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(10 * time.Minute)})
		if err != nil {
			return err
		}
		var fields []string
		if keyed {
			fields = []string{"Idempotency-Key", rand.Text()}
		}
		requests[i] = request("POST", path, token, `{"pass":"`+text+`"}`, fields...) // base45 needs no escaping in JSON
		return nil
	})
}

// spread calls do for 0…n-1 on every CPU.
func spread(n int, do func(i int) error) error {
	var g errgroup.Group
	const workers = 8
	for w := range workers {
		g.Go(func() error {
			for i := w; i < n; i += workers {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// token signs an access token as the product's sign-in would.
func (c *county) token(p model.Principal) (string, error) {
	kid, key := c.vault.JWTSigner()
	now := time.Now()
	session := "sess_bench_" + rand.Text()
	claims := jwt.MapClaims{"iss": benchIssuer, "aud": []string{audience}, "sub": p.ID, "jti": "jti_" + rand.Text(),
		"iat": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(), "role": p.Role, "sid": session}
	for name, value := range map[string]string{"subject": string(p.Subject), "unit": p.Unit, "unitName": p.UnitName} {
		if value != "" {
			claims[name] = value
		}
	}
	if len(p.Sites) > 0 {
		claims["sites"] = p.Sites
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
	token.Header["typ"], token.Header["kid"] = "at+jwt", kid
	return token.SignedString(key)
}

// searchRequests types what people type: whole names, beginnings, parts, initials and
// names with one mistake, a fifth of each.
func searchRequests(_ context.Context, c *county, n int) ([][]byte, error) {
	r := dice(3)
	requests := make([][]byte, 0, n)
	for i := range n {
		name := []rune(c.orgs[r.IntN(len(c.orgs))].name)
		var q string
		switch i % 5 {
		case 0:
			q = string(name)
		case 1:
			q = string(name[:min(len(name), 3+r.IntN(5))])
		case 2:
			from := r.IntN(max(len(name)-3, 1))
			q = string(name[from:min(len(name), from+2+r.IntN(3))])
		case 3:
			q = initialsOf(name[:min(len(name), 3+r.IntN(5))])
		case 4:
			q = mistype(r, name)
		}
		requests = append(requests, request("GET", "/v1/enterprises?q="+url.QueryEscape(q), "", ""))
	}
	return requests, nil
}

func initialsOf(name []rune) string {
	var b strings.Builder
	for _, initial := range pinyin.LazyPinyin(string(name), pinyin.Args{Style: pinyin.FirstLetter}) {
		b.WriteString(initial)
	}
	return b.String()
}

// mistype leaves out or replaces one character.
func mistype(r *mathrand.Rand, name []rune) string {
	at := r.IntN(len(name))
	out := append([]rune(nil), name[:at]...)
	if r.IntN(2) == 0 {
		out = append(out, '误')
	}
	return string(append(out, name[at+1:]...))
}
