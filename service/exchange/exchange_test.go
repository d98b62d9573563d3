package exchange_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/form"
	"xinyi/service/exchange"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

type desk struct {
	*servicetest.House
	repo *store.Exchange
	svc  *exchange.Service
	unit string
}

func open(t testing.TB) *desk {
	t.Helper()
	h := servicetest.Open(t)
	h.Subjects.Upstream = true
	forms, err := form.Load(form.Seed())
	require.NoError(t, err)
	code, err := model.ComposeUnifiedSocialCreditCode("11", "410203", "00590001")
	require.NoError(t, err)
	d := &desk{House: h, repo: store.NewExchange(h.Subjects), unit: code.Reveal()}
	d.svc = &exchange.Service{Store: d.repo, Subjects: h.Subjects, Vault: h.Vault, Forms: forms, Auditor: h.Log, Clock: h.Clock}
	return d
}

func (d *desk) org(body, name string) *ingest.Row {
	o := d.Org(body)
	o.LegalRep = "王示例"
	if name != "" {
		o.Name = name
	}
	return o
}

func (d *desk) permit(about *ingest.Row, no string) *ingest.Row {
	r := servicetest.Record(about, model.RecordPermit, "食品经营许可准予决定书", "2026-05-11")
	r.DocNo, r.Category, r.Content, r.ValidFrom, r.ValidTo = no, "general", "准予从事预包装食品销售", "2026-05-11", "2031-05-10"
	r.AuthorityUSCC, r.SourceUSCC = d.unit, d.unit
	return r
}

func (d *desk) penalty(about *ingest.Row, no string) *ingest.Row {
	r := servicetest.Record(about, model.RecordPenalty, "未按规定明码标价", "2026-05-11")
	r.DocNo, r.Category, r.Content, r.FineFen, r.Severity, r.Finality = no, "fine", "罚款2000元", 200_000, "general", "final"
	r.LegalBasis = "《中华人民共和国价格法》第四十二条"
	r.AuthorityUSCC, r.SourceUSCC = d.unit, d.unit
	return r
}

// received is a package as the reference reader of docs/upstream.md understands it.
type received struct {
	manifest exchange.Manifest
	digest   string
	lines    map[string][]map[string]string // by file
}

// readPackage is the reference reader: digests first, then CSV, one leading apostrophe off.
func readPackage(t testing.TB, dir string) received {
	t.Helper()
	digest := func(b []byte) string { sum := sm3.Sum(b); return hex.EncodeToString(sum[:]) }
	raw, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	r := received{digest: digest(raw), lines: map[string][]map[string]string{}}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&r.manifest))
	require.Equal(t, "xinyi-upstream/1", r.manifest.Format)
	note, err := os.ReadFile(filepath.Join(dir, "manifest.json.sm3"))
	require.NoError(t, err)
	require.Equal(t, r.digest+"  manifest.json\n", string(note))
	listed := map[string]bool{"manifest.json": true, "manifest.json.sm3": true}
	for _, f := range r.manifest.Files {
		listed[f.Name] = true
		body, err := os.ReadFile(filepath.Join(dir, f.Name))
		require.NoError(t, err)
		require.Equal(t, f.SM3, digest(body))
		require.EqualValues(t, f.Bytes, len(body))
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, f.Rows+1)
		for _, row := range rows[1:] {
			line := map[string]string{}
			for i, cell := range row {
				if cell != "" {
					require.NotContains(t, "=+-@＝＋－＠\t\r", string([]rune(cell)[0]), "a cell starts a formula")
				}
				line[rows[0][i]] = strings.TrimPrefix(cell, "'")
			}
			r.lines[f.Name] = append(r.lines[f.Name], line)
		}
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
		require.True(t, listed[e.Name()], e.Name())
	}
	return r
}

func (d *desk) export() exchange.Exported {
	d.T.Helper()
	done, err := d.svc.Export(d.T.Context(), "office1")
	require.NoError(d.T, err)
	return done
}

func (d *desk) write(no string) received {
	d.T.Helper()
	path, err := d.svc.Write(d.T.Context(), "office1", no, d.T.TempDir())
	require.NoError(d.T, err)
	return readPackage(d.T, path)
}

func TestRoundTrip(t *testing.T) {
	d := open(t)
	org, person := d.org("MA00E1X1", "=cmd|' /C calc'!A1,有限公司"), d.Person(1, "+王示例")
	own := d.penalty(person, "顺市监罚〔2026〕2号")
	d.Import(org, person, d.permit(org, "顺市监许〔2026〕1号"), d.penalty(org, "顺市监罚〔2026〕1号"), own, servicetest.Record(org, model.RecordHonor, "荣誉", "2026-05-11"))
	done := d.export()
	require.Equal(t, exchange.Exported{Packages: []string{"00000001"}, Rows: 3}, done)
	got := d.write("00000001")
	require.Len(t, got.lines["XK.csv"], 1)
	require.Len(t, got.lines["CF.csv"], 2)
	require.Equal(t, map[string]string{"XK_XDR_MC": org.Name, "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": org.USCC, "XK_XDR_GSZC": "", "XK_XDR_ZZJG": "",
		"XK_XDR_SWDJ": "", "XK_XDR_SYDW": "", "XK_XDR_SHZZ": "", "XK_FRDB": "王示例", "XK_FR_ZJLX": "", "XK_FR_ZJHM": "", "XK_XDR_ZJLX": "", "XK_XDR_ZJHM": "",
		"XK_XKWS": "食品经营许可准予决定书", "XK_WSH": "顺市监许〔2026〕1号", "XK_XKLB": "普通", "XK_XKZS": "", "XK_XKBH": "", "XK_NR": "准予从事预包装食品销售",
		"XK_JDRQ": "2026-05-11", "XK_YXQZ": "2026-05-11", "XK_YXQZI": "2031-05-10", "XK_XKJG": servicetest.Authority, "XK_XKJGDM": d.unit, "XK_ZT": "1",
		"XK_LYDW": servicetest.Authority, "XK_LYDWDM": d.unit, "BZ": ""}, got.lines["XK.csv"][0])
	byNo := map[string]map[string]string{}
	for _, l := range got.lines["CF.csv"] {
		byNo[l["CF_WSH"]] = l
	}
	fine := byNo["顺市监罚〔2026〕1号"]
	require.Equal(t, "0.2", fine["CF_NR_FK"])
	require.Equal(t, "罚款", fine["CF_CFLB"])
	require.Equal(t, "2027-05-10", fine["CF_GSJZQ"], "the last day of display")
	natural := byNo["顺市监罚〔2026〕2号"]
	require.Equal(t, "自然人", natural["CF_XDR_LB"])
	require.Equal(t, "+王示例", natural["CF_XDR_MC"])
	require.Equal(t, person.IDNo, natural["CF_XDR_ZJHM"], "as the standard wants it")
	require.Empty(t, natural["CF_XDR_SHXYM"])

	// The person's log says that it was given; organisations need no such line.
	given := d.Log.Seen("upstream.export")
	require.Equal(t, []model.SubjectID{d.IDOf(person)}, given[0].Subjects)
	// In the store the cells are sealed.
	require.NoError(t, d.repo.EachRow(t.Context(), "00000001/", func(r *model.ExchangeRow) error {
		require.NotContains(t, string(r.Cells), person.IDNo)
		require.NotContains(t, fmt.Sprintf("%+v", r.Title), "王示例")
		return nil
	}))
}

// What only the form knows goes up too, of persons from under its seal.
func TestExport_details(t *testing.T) {
	d := open(t)
	org, person := d.org("MA00E1X1", ""), d.Person(1, "王示例")
	permit, fine, own := d.permit(org, "顺市监许〔2026〕1号"), d.penalty(org, "顺市监罚〔2026〕1号"), d.penalty(person, "顺市监罚〔2026〕2号")
	permit.Details = []model.Detail{{Key: "remark", Value: "补报"}, {Key: "certName", Value: "食品经营许可证"}, {Key: "certNo", Value: "JY1"}, {Key: "status", Value: "invalid"}}
	fine.Details = []model.Detail{{Key: "violationFacts", Value: "未明码标价"}, {Key: "confiscateFen", Value: "1500000"}, {Key: "revokedCert", Value: "许可证甲"}}
	own.Details = []model.Detail{{Key: "violationFacts", Value: "个人的事实"}}
	d.Import(org, person, permit, fine, own)
	d.export()
	got := d.write("00000001")
	xk := got.lines["XK.csv"][0]
	require.Equal(t, []string{"食品经营许可证", "JY1", "2", "补报"}, []string{xk["XK_XKZS"], xk["XK_XKBH"], xk["XK_ZT"], xk["BZ"]})
	facts := map[string][]string{}
	for _, l := range got.lines["CF.csv"] {
		facts[l["CF_WSH"]] = []string{l["CF_SY"], l["CF_NR"], l["CF_NR_WFFF"], l["CF_NR_ZKDX"]}
	}
	require.Equal(t, map[string][]string{"顺市监罚〔2026〕1号": {"未明码标价", "罚款2000元", "1.5", "许可证甲"},
		"顺市监罚〔2026〕2号": {"个人的事实", "罚款2000元", "", ""}}, facts)
}

// The same package is the same bytes, however often and whenever it is written.
func TestWrite_again(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"))
	d.export()
	first := d.write("00000001")
	d.Clock.Pass(40 * 24 * time.Hour)
	d.Change(d.IDOf(org), func(f *model.SubjectFile) { f.Name = "改名有限公司" })
	require.Equal(t, first, d.write("00000001"))
	dir := t.TempDir()
	for range 2 {
		_, err := d.svc.Write(t.Context(), "office1", "00000001", dir)
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "00000001", "manifest.json"), []byte("{}"), 0o600))
	_, err := d.svc.Write(t.Context(), "office1", "00000001", dir)
	require.True(t, model.Is(err, model.CodeExists), "what stands there is not overwritten")
	_, err = d.svc.Write(t.Context(), "office1", "../../etc", dir)
	require.True(t, model.Is(err, model.CodeNotFound))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestExport_followsChanges(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"), d.penalty(org, "顺市监罚〔2026〕1号"))
	require.Equal(t, 2, d.export().Rows)
	require.Equal(t, exchange.Exported{}, d.export(), "nothing has changed")
	d.Import(d.permit(org, "顺市监许〔2026〕2号"))
	require.Equal(t, exchange.Exported{Packages: []string{"00000002"}, Rows: 1}, d.export())
	second := d.write("00000002")
	require.Equal(t, d.write("00000001").digest, second.manifest.Previous, "packages are a chain")

	// Withdrawn: told once, and only because it was reported.
	d.change(org, model.RecordPenalty, func(r *model.Record) { r.WithdrawnOn = "2026-11-20" })
	require.Equal(t, 1, d.export().Rows)
	gone := d.write("00000003").lines["CX.csv"]
	require.Equal(t, []map[string]string{{"LB": "CF", "WSH": "顺市监罚〔2026〕1号", "JGDM": d.unit, "XDR_SHXYM": org.USCC, "XDR_ZJHM": "", "CX_RQ": "2026-11-20"}}, gone)
	// A write that says nothing new sends nothing.
	d.change(org, model.RecordPenalty, func(r *model.Record) { r.ArchivedOn = "2026-11-21" })
	require.Equal(t, exchange.Exported{}, d.export())
}

// change writes a record as another desk would.
func (d *desk) change(about *ingest.Row, kind model.RecordKind, how func(*model.Record)) {
	d.T.Helper()
	all, err := d.Subjects.RecordsOf(d.T.Context(), d.IDOf(about))
	require.NoError(d.T, err)
	for _, r := range all {
		if r.Kind == kind {
			how(r)
			state := model.JobState{Name: string(r.ID) + d.Clock.Now().String() + fmt.Sprint(r.Rev)}
			require.NoError(d.T, store.NewAgeing(d.Subjects).Age(d.T.Context(), &model.AgeingBatch{Changed: []*model.Record{r}, Job: state}))
			return
		}
	}
	d.T.Fatal("no such record")
}

// What the standard would refuse is not sent; its unit hears what is missing, until it is there.
func TestExport_holdsBack(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	permit := d.permit(org, "顺市监许〔2026〕1号")
	permit.ValidFrom, permit.ValidTo = "", ""
	d.Import(org, permit)
	require.Equal(t, exchange.Exported{Held: 1}, d.export())
	items, err := d.svc.Waiting(t.Context(), model.Principal{Role: model.RoleDepartment, Unit: d.unit}, "", 10)
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Contains(t, items[0].Ask, "XK_YXQZ、XK_YXQZI")
	require.Equal(t, servicetest.Authority, items[0].Unit)
	d.change(org, model.RecordPermit, func(r *model.Record) { r.ValidFrom, r.ValidTo = "2026-05-11", "2031-05-10" })
	require.Equal(t, 1, d.export().Rows)
	items, err = d.svc.Waiting(t.Context(), model.Principal{Role: model.RoleOffice}, "", 10)
	require.NoError(t, err)
	require.Empty(t, items)
}

// A line that was corrected to something incomplete and back again says what was sent: nobody
// has anything left to do.
func TestExport_correctedBack(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"))
	require.Equal(t, 1, d.export().Rows)
	waiting := func() []model.WorkItem {
		items, err := d.svc.Waiting(t.Context(), model.Principal{Role: model.RoleOffice}, "", 10)
		require.NoError(t, err)
		return items
	}
	var from, to model.Date
	d.change(org, model.RecordPermit, func(r *model.Record) { from, to, r.ValidFrom, r.ValidTo = r.ValidFrom, r.ValidTo, "", "" })
	require.Equal(t, exchange.Exported{Held: 1}, d.export())
	require.Len(t, waiting(), 1)
	d.change(org, model.RecordPermit, func(r *model.Record) { r.ValidFrom, r.ValidTo = from, to })
	require.Equal(t, exchange.Exported{}, d.export(), "the platform has it")
	require.Empty(t, waiting())
}

// Packages are bounded; an export that is cut off anywhere goes on without loss or repeat.
func TestExport_interrupted(t *testing.T) {
	d := open(t)
	rows := []*ingest.Row{}
	for i := range 23 {
		org := d.org(fmt.Sprintf("MA00E%03d", i), "")
		rows = append(rows, org, d.permit(org, fmt.Sprintf("顺市监许〔2026〕%d号", i)))
	}
	d.Import(rows...)
	d.svc.MaxRows = 205 // a page is 200 records
	cut := &cutStore{Exchange: d.repo}
	d.svc.Store = cut
	for cut.left = 0; ; cut.left++ {
		_, err := d.svc.Export(t.Context(), "office1")
		if err == nil {
			break
		}
		require.ErrorIs(t, err, errCut)
	}
	seen := map[string]int{}
	st, err := d.repo.State(t.Context())
	require.NoError(t, err)
	for n := 1; n < st.Package; n++ {
		for _, l := range d.write(fmt.Sprintf("%08d", n)).lines["XK.csv"] {
			seen[l["XK_WSH"]]++
		}
	}
	require.Len(t, seen, 23)
	for no, n := range seen {
		require.Equal(t, 1, n, no)
	}
}

// Two exports at once fill one package, each line once.
func TestExport_race(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"))
	out := make(chan error, 4)
	for range 4 {
		go func() {
			_, err := d.svc.Export(t.Context(), "office1")
			out <- err
		}()
	}
	for range 4 {
		if err := <-out; err != nil {
			require.True(t, model.Is(err, model.CodeConflict), err)
		}
	}
	d.export()
	n := 0
	require.NoError(t, d.repo.EachRow(t.Context(), "0", func(*model.ExchangeRow) error { n++; return nil }))
	require.Equal(t, 1, n)
}
