package benefit_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"xinyi/api/passverify"
	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
)

// naiveDay is what a clerk adds up from the slips: one answer of the desk after the other.
type naiveDay struct {
	redemptions map[string]model.Redemption // by number
	duplicates  map[string]int64            // one for each pass, device and instant
}

func (n *naiveDay) sums(day model.Date) (s benefit.Sums) {
	for _, r := range n.redemptions {
		switch {
		case model.DateOf(r.At) != day:
		case r.Reversed:
			s.Reversed++
		default:
			s.Uses++
			people := 1 + int64(r.Companions)
			s.Companions += r.Companions
			s.Standard += 4000 * people
			s.Due += *r.PayFen
			s.Relief += 4000*people - *r.PayFen
			s.Difference += r.DifferenceFen
			if *r.PayFen == 2400*people {
				s.Granted++
			}
		}
	}
	for key, fen := range n.duplicates {
		if key[:10] == string(day) {
			s.Duplicates++
			s.Difference += fen
		}
	}
	return s
}

// Over random redemptions, reversals and uploads the settlement of every day is the sum of
// the slips, and so are the columns of its CSV.
func TestSettle_equalsTheNaiveSum(t *testing.T) {
	d := open(t)
	d.Rules = inForce{book(t, "per: {day: 1, year: 12}", "per: {day: 2, year: 5}\ncompanions: 3")}
	d.house.Clock.Set(time.Date(2026, 12, 29, 20, 0, 0, 0, model.Shanghai))
	person := 500
	rapid.Check(t, func(rt *rapid.T) {
		person++
		d.newHolder(person)
		n := &naiveDay{redemptions: map[string]model.Redemption{}, duplicates: map[string]int64{}}
		var passes []modelPass
		first := model.DateOf(d.house.Clock.Now())
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			d.house.Clock.Pass(time.Duration(rapid.SampledFrom([]int{1, 20, 300, 1500, 20000}).Draw(rt, "seconds")) * time.Second)
			switch step := rapid.IntRange(0, 4).Draw(rt, "step"); {
			case step == 0 || len(passes) == 0:
				with := rapid.IntRange(0, 3).Draw(rt, "companions")
				text := d.mintFor(t, pass.Claims{Benefit: ticket, PayPercent: 60, Companions: with, HolderMasked: "王*", Site: site})
				passes = append(passes, modelPass{text: text, issued: d.house.Clock.Now().Truncate(time.Second)})
			case step == 1:
				p := rapid.SampledFrom(passes).Draw(rt, "pass")
				if r, err := d.Redeem(t.Context(), gate, p.text, nil); err == nil {
					n.redemptions[r.No] = r
				}
			case step == 2 && len(n.redemptions) > 0:
				no := rapid.SampledFrom(slices.Sorted(maps.Keys(n.redemptions))).Draw(rt, "no")
				if r, err := d.Reverse(t.Context(), gate, no, "误扫", nil); err == nil {
					n.redemptions[no] = r
				}
			default:
				d.naiveUpload(t, rt, n, rapid.SampledFrom(passes).Draw(rt, "pass"))
			}
		}
		for day := first; day <= model.DateOf(d.house.Clock.Now()); day = day.AddDays(1) {
			var out bytes.Buffer
			s, err := d.Settle(t.Context(), gate, "", day, benefit.NewSettlementCSV(&out))
			require.NoError(rt, err)
			require.Equal(rt, n.sums(day), s.Totals, "on %s", day)
			addedUp(rt, s, out.Bytes())
		}
		d.house.Clock.Set(d.house.Clock.Now().AddDate(0, 0, 8)) // days of their own for the next holder
	})
}

func (d *desk) naiveUpload(t *testing.T, rt *rapid.T, n *naiveDay, p modelPass) {
	use := benefit.OfflineUse{Pass: p.text, Device: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "device"),
		AcceptedAt: p.issued.Add(time.Duration(rapid.IntRange(0, 19).Draw(rt, "at")) * 30 * time.Second)}
	switch got := d.upload(t, anyShift(rt), use)[0]; got.Outcome {
	case "accepted":
		if _, again := n.redemptions[got.Redemption.No]; !again {
			n.redemptions[got.Redemption.No] = got.Redemption
		}
	case "duplicate":
		n.duplicates[fmt.Sprint(model.DateOf(use.AcceptedAt), p.text, use.Device, use.AcceptedAt)] = got.DifferenceFen
	}
}

// addedUp compares the columns of the CSV with the totals and its SM3 with the digest.
func addedUp(t require.TestingT, s benefit.Settlement, file []byte) {
	sum := sm3.Sum(file)
	require.Equal(t, hex.EncodeToString(sum[:]), s.Digest)
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	require.NoError(t, err)
	var got benefit.Sums
	fen := func(cell string) int64 {
		n, err := strconv.ParseInt(cell, 10, 64)
		require.NoError(t, err)
		return n
	}
	for _, row := range rows[1:] {
		switch {
		case row[1] == "重复使用":
			got.Duplicates++
			got.Difference += fen(row[12])
		case row[13] == "是":
			got.Reversed++
		default:
			got.Uses++
			if row[7] == "享受优惠" {
				got.Granted++
			}
			got.Companions += int(fen(row[8]))
			got.Standard, got.Due, got.Difference = got.Standard+fen(row[10]), got.Due+fen(row[11]), got.Difference+fen(row[12])
		}
	}
	got.Relief = got.Standard - got.Due
	require.Equal(t, got, s.Totals)
}

func TestSettle_statementAndWorkbook(t *testing.T) {
	d := open(t)
	at := d.house.Clock.Now()
	text := d.offlinePass(t)
	d.upload(t, gate, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "north"}, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "south"})
	two := gate
	two.Sites = []string{"other-park", site}
	var file bytes.Buffer
	s, err := d.Settle(t.Context(), two, "", "", benefit.NewSettlementXLSX(&file))
	require.NoError(t, err)
	require.Equal(t, benefit.Sums{Uses: 1, Granted: 1, Duplicates: 1, Standard: 4000, Due: 2400, Relief: 1600, Difference: 1600}, s.Totals)
	require.Equal(t, []benefit.SettlementLine{{SiteID: site, BenefitCode: ticket, Sums: s.Totals}}, s.Lines)
	require.False(t, s.Final)
	raw, err := base64.RawURLEncoding.DecodeString(s.Signed.Payload)
	require.NoError(t, err)
	var said struct {
		Type, Day, Digest string
		Totals            benefit.Sums
	}
	require.NoError(t, json.Unmarshal(raw, &said))
	require.Equal(t, []any{benefit.SettlementType, string(s.Day), s.Digest, s.Totals}, []any{said.Type, said.Day, said.Digest, said.Totals})

	book, err := excelize.OpenReader(&file)
	require.NoError(t, err)
	uses, err := book.GetRows("明细")
	require.NoError(t, err)
	require.Len(t, uses, 3)
	sums, err := book.GetRows("汇总")
	require.NoError(t, err)
	require.Equal(t, []string{"合计", "", "1", "1", "0", "1", "0", "0", "4000", "2400", "1600", "1600"}, sums[len(sums)-1])
	signed, err := book.GetRows("签名")
	require.NoError(t, err)
	require.Equal(t, s.Digest, signed[1][1])

	// Once nothing can change the statement is final and the file stays as it is.
	d.house.Clock.Set(s.FinalAt)
	final, err := d.Settle(t.Context(), two, site, s.Day, nil)
	require.NoError(t, err)
	require.True(t, final.Final)
	require.Equal(t, s.Digest, final.Digest)
	issued := d.house.Log.Seen("settlement.issue")
	require.Equal(t, []string{"provisional", "final"}, []string{issued[0].Outcome, issued[1].Outcome})
	require.Contains(t, issued[1].Ref, s.Digest)
	require.NotEmpty(t, final.Signed.Signatures)
}

func TestSettle_refusals(t *testing.T) {
	d := open(t)
	today := model.DateOf(d.house.Clock.Now())
	office, nobody := model.Principal{ID: "o", Role: model.RoleOffice}, gate
	nobody.Sites = nil
	for name, c := range map[string]struct {
		by   model.Principal
		site string
		day  model.Date
		code model.Code
	}{
		"no site":        {nobody, "", "", model.CodeForbidden},
		"another's site": {gate, "other-park", "", model.CodeForbidden},
		"office, which":  {office, "", "", model.CodeInvalidRequest},
		"tomorrow":       {gate, "", today.AddDays(1), model.CodeInvalidRequest},
	} {
		_, err := d.Settle(t.Context(), c.by, c.site, c.day, nil)
		require.True(t, model.Is(err, c.code), "%s: %v", name, err)
	}
	s, err := d.Settle(t.Context(), office, site, "", nil)
	require.NoError(t, err)
	require.Equal(t, "铁塔公园", s.Partner)
	d.house.Log.Broken.Store(true)
	_, err = d.Settle(t.Context(), gate, "", "", nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), "nothing is issued unseen: %v", err)
}

// A day is settled with whom the rules of that day named, whatever they name now; a site of no
// rule is none.
func TestSettle_partnerOfTheDay(t *testing.T) {
	d := open(t)
	d.Rules = inForce{nextVersion(t, "hosp-dep0.yaml", "2026-11-23", "status: published", "status: paused", "{name: ", "{name: 新")}
	d.house.Clock.Set(time.Date(2026, 11, 26, 9, 0, 0, 0, model.Shanghai))
	office := model.Principal{ID: "o", Role: model.RoleOffice}
	then, err := d.Settle(t.Context(), office, "hosp1", "2026-11-22", nil)
	require.NoError(t, err)
	now, err := d.Settle(t.Context(), office, "hosp1", "2026-11-24", nil)
	require.NoError(t, err)
	before, err := d.Settle(t.Context(), office, "hosp1", "2026-03-01", nil)
	require.NoError(t, err)
	require.NotEmpty(t, then.Partner)
	require.Equal(t, []string{"新" + then.Partner, then.Partner}, []string{now.Partner, before.Partner})
	gates := model.Principal{ID: "g", Role: model.RoleGate, UnitName: "社区医院前台", Sites: []string{"hosp1"}}
	same, err := d.Settle(t.Context(), gates, "", "2026-11-24", nil)
	require.NoError(t, err)
	require.Equal(t, now.Partner, same.Partner, "a gate and the office read the same")
	_, err = d.Settle(t.Context(), office, "hosp2", "", nil)
	require.True(t, model.Is(err, model.CodeNotFound), err)
}

// A deposit is given back: it is no price, no relief, and nobody paid too little.
func TestSettle_depositIsNoMoney(t *testing.T) {
	d := open(t)
	by := gate
	by.Sites = []string{"hosp1"}
	claims := pass.Claims{Benefit: "HOSP-DEP0", Site: "hosp1", HolderMasked: "王*"}
	r, err := d.Redeem(t.Context(), by, d.mintFor(t, claims), nil)
	require.NoError(t, err)
	require.Equal(t, "pass", r.Result)
	require.Zero(t, *r.PayFen, "the gate hears what to take")
	d.list(false)
	r, err = d.Redeem(t.Context(), by, d.mintFor(t, claims), nil)
	require.NoError(t, err)
	require.Equal(t, "standard", r.Result)
	require.Positive(t, *r.PayFen)
	text, at := d.mintFor(t, claims), d.house.Clock.Now()
	d.upload(t, by, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "a"}, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "b"})
	var out bytes.Buffer
	s, err := d.Settle(t.Context(), by, "", "", benefit.NewSettlementCSV(&out))
	require.NoError(t, err)
	require.Equal(t, benefit.Sums{Uses: s.Totals.Uses, Granted: s.Totals.Granted, Duplicates: s.Totals.Duplicates, Unpriced: s.Totals.Uses}, s.Totals)
	require.GreaterOrEqual(t, s.Totals.Uses, 2)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out.Bytes(), []byte("\xef\xbb\xbf")))).ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		require.Equal(t, []string{"", "", "0"}, row[10:13], "%q", row)
	}
}

// A partner proves with the bundle of its gates what the issuer signed about a day, and that
// the file is the one; nothing that was changed passes.
func TestSettle_signatureIsProved(t *testing.T) {
	d := open(t)
	bundle, err := passverify.Open(d.raw(t), d.house.Clock.Now())
	require.NoError(t, err)
	text, at := d.offlinePass(t), d.house.Clock.Now()
	d.upload(t, gate, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "north"}, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "south"})
	r, err := d.Redeem(t.Context(), gate, d.issueAnew(t), nil)
	require.NoError(t, err)
	_, err = d.Reverse(t.Context(), gate, r.No, "误扫", nil)
	require.NoError(t, err)
	var file bytes.Buffer
	s, err := d.Settle(t.Context(), gate, "", "", benefit.NewSettlementCSV(&file))
	require.NoError(t, err)
	signed := wired(t, s.Signed)
	proved, err := bundle.OpenSettlement(signed, file.Bytes())
	require.NoError(t, err)
	require.Equal(t, benefit.Sums(proved.Totals), s.Totals)
	require.Equal(t, passverify.Sums{Uses: 1, Granted: 1, Reversed: 1, Duplicates: 1, Standard: 4000, Due: 2400, Relief: 1600, Difference: 1600}, proved.Totals)
	require.Equal(t, []any{string(s.Day), "铁塔公园", []string{site}, false}, []any{proved.Day, proved.Partner, proved.Sites, proved.Final})

	_, err = bundle.OpenSettlement(signed, append(file.Bytes(), '\n'))
	require.ErrorIs(t, err, passverify.ErrSettlementDigest)
	_, err = bundle.OpenSettlement(d.raw(t), file.Bytes())
	require.ErrorIs(t, err, passverify.ErrSettlementSignature, "a bundle is no settlement, though the same key signed it")
	s.Signed.Payload = base64.RawURLEncoding.EncodeToString([]byte(`{"type":"xinyi-settlement/1"}`))
	_, err = bundle.OpenSettlement(wired(t, s.Signed), file.Bytes())
	require.ErrorIs(t, err, passverify.ErrSettlementSignature)
	_, err = bundle.OpenSettlement([]byte("{"), nil)
	require.ErrorIs(t, err, passverify.ErrSettlementMalformed)
	// Signed by the issuer over this very file, and yet not its sum.
	wrong := s.Totals
	wrong.Due++
	digest := sm3.Sum(file.Bytes())
	var by []pass.BundleSigner
	d.house.Vault.EachPassSigner(func(kid [4]byte, alg string, key crypto.Signer) {
		by = append(by, pass.BundleSigner{KID: kid, Alg: alg, Key: key})
	})
	lie, err := pass.SignContent(benefit.SettlementType, map[string]any{"type": benefit.SettlementType, "digestAlgorithm": "SM3",
		"digest": hex.EncodeToString(digest[:]), "totals": wrong}, by)
	require.NoError(t, err)
	_, err = bundle.OpenSettlement(wired(t, lie), file.Bytes())
	require.ErrorIs(t, err, passverify.ErrSettlementTotals)
}
