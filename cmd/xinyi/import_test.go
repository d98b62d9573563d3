package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"xinyi/model"
	"xinyi/service/ingest"
)

// runHere calls the program in a folder of its own.
func runHere(t *testing.T, ctx context.Context, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(ctx, args, nil, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestSynth(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.ndjson"), filepath.Join(dir, "two.ndjson")
	args := []string{"synth", "--people", "5", "--orgs", "3", "--seed", "7"}
	status, out, errs := runHere(t, t.Context(), append(args, "--out", one)...)
	require.Equal(t, exitOK, status, errs)
	require.Contains(t, out, "xinyi import "+one)
	status, _, _ = runHere(t, t.Context(), append(args, "--out", two)...)
	require.Equal(t, exitOK, status)
	a, err := os.ReadFile(one)
	require.NoError(t, err)
	b, err := os.ReadFile(two)
	require.NoError(t, err)
	require.Equal(t, string(a), string(b), "the same seed gives the same bytes")
	status, out, _ = runHere(t, t.Context(), append(args, "--out", "-")...)
	require.Equal(t, exitOK, status)
	require.Equal(t, string(a), out)

	for _, bad := range [][]string{{"synth", "--people", "-1"}, {"synth", "extra"}, {"synth", "--as-of", "2026-02-30"}, {"synth", "--colour"}} {
		status, _, errs := runHere(t, t.Context(), bad...)
		require.Equal(t, exitUsage, status, "%v", bad)
		require.NotEmpty(t, errs)
	}
	status, out, _ = runHere(t, t.Context(), "synth", "--help")
	require.Equal(t, exitOK, status)
	require.Contains(t, out, "--people"[1:])
}

const importEnterprise = `{"kind":"enterprise","uscc":"91410203MA40AB1C3C","name":"开封样例有限公司"}` + "\n"

func TestImport_files(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	subjects := writeFile(t, filepath.Join(dir, "subjects.ndjson"), importEnterprise)
	csv := writeFile(t, filepath.Join(dir, "permits.csv"), "kind,uscc,title,authority,source,decisionDate,docNo\n"+
		"permit,91410203MA40AB1C3C,许可,某局,某局,2026-01-01,顺〔2026〕1号\n"+
		"permit,91410203MA40AB1C3C,许可,某局,某局,2026-02-30,=1+1\n"+
		"permit,91410203MA40AB1C3D,许可,某局,某局,2026-01-01,顺〔2026〕2号\n")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(`{"kind":"permit","uscc":"91410203MA40AB1C3C","title":"许可","authority":"某局","source":"某局","decisionDate":"2026-01-01","docNo":"顺[2026]1号"}`))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	gz := writeFile(t, filepath.Join(dir, "again.ndjson.gz"), zipped.String())
	book := excelize.NewFile()
	for i, row := range [][]any{{"kind", "uscc", "title", "authority", "source", "decisionDate"}, {"inspection", "91410203MA40AB1C3C", "抽查", "某局", "某局", 46023}} {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		require.NoError(t, book.SetSheetRow("Sheet1", cell, &row))
	}
	xlsx := filepath.Join(dir, "inspections.xlsx")
	require.NoError(t, book.SaveAs(xlsx))

	status, _, errs := runHere(t, t.Context(), "import", "--data", data, subjects)
	require.Equal(t, exitUsage, status, "a mistyped folder is not made")
	require.Contains(t, errs, "--data")

	status, out, errs := runHere(t, t.Context(), "import", subjects, csv, "--data", data, gz, xlsx, "--create", "--by", "liu")
	require.Equal(t, exitOK, status, errs)
	require.Contains(t, out, "subjects.ndjson: 共 1 行：导入 1，重复 0，被拒 0。")
	require.Contains(t, out, "permits.csv: 共 3 行：导入 1，重复 0，被拒 2。")
	require.Contains(t, out, "again.ndjson.gz: 共 1 行：导入 0，重复 1，被拒 0。")
	require.Contains(t, out, "inspections.xlsx: 共 1 行：导入 1，重复 0，被拒 0。")
	require.NoFileExists(t, subjects+".rejected.xlsx")

	report, err := excelize.OpenFile(csv + ".rejected.xlsx")
	require.NoError(t, err)
	defer report.Close()
	rows, err := report.GetRows("Sheet1")
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, []string{"3", "F3", "decisionDate", "date"}, rows[1][:4])
	require.Equal(t, []string{"4", "B4", "uscc", "check_character"}, rows[2][:4])
	for _, row := range rows {
		require.NotContains(t, strings.Join(row, " "), "MA40AB1C3D", "no values")
	}
	require.Equal(t, []string{"E05", "拒收"}, rows[1][5:])

	// What came in all the same is to be looked at.
	warned, err := excelize.OpenFile(csv + ".warnings.xlsx")
	require.NoError(t, err)
	defer warned.Close()
	rows, err = warned.GetRows("Sheet1")
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(rows, func(row []string) bool {
		return row[0] == "2" && row[2] == "authority" && row[3] == "unknown_unit" && row[5] == "E13" && row[6] == "提示"
	}), "%v", rows)
	require.NoFileExists(t, subjects+".warnings.xlsx")

	// Again: nothing is read twice, and a report that was lost is made anew.
	require.NoError(t, os.Remove(csv+".rejected.xlsx"))
	status, out, errs = runHere(t, t.Context(), "import", "--data", data, csv)
	require.Equal(t, exitOK, status, errs)
	require.Contains(t, out, "此前已全部导入")
	require.FileExists(t, csv+".rejected.xlsx")

	// One bad file does not keep the others out.
	bad := writeFile(t, filepath.Join(dir, "bad.csv"), "kind,colour\npermit,red\n")
	utf16 := writeFile(t, filepath.Join(dir, "wide.csv"), "\xff\xfek\x00")
	more := writeFile(t, filepath.Join(dir, "more.ndjson"), importEnterprise+importEnterprise)
	status, out, errs = runHere(t, t.Context(), "import", "--data", data, bad, utf16, more)
	require.Equal(t, exitFailed, status)
	require.Contains(t, out, "more.ndjson: 共 2 行：导入 2")
	require.Contains(t, errs, "bad.csv")
	require.Contains(t, errs, "UTF-16")

	// While a server, or another import, has the folder.
	cfg := defaultConfig()
	cfg.Data = data
	p, err := openPlatform(t.Context(), cfg, discardLog())
	require.NoError(t, err)
	status, _, errs = runHere(t, t.Context(), "import", "--data", data, more)
	require.Equal(t, exitFailed, status)
	require.Contains(t, errs, "请先停止")
	require.NoError(t, p.close(context.WithoutCancel(t.Context())))
}

func TestImport_wrongCalls(t *testing.T) {
	dir := t.TempDir()
	doc := writeFile(t, filepath.Join(dir, "a.doc"), "x")
	good := writeFile(t, filepath.Join(dir, "a.ndjson"), importEnterprise)
	for _, args := range [][]string{{}, {doc}, {filepath.Join(dir, "none.csv")}, {dir + "/"}, {"--colour", good}, {"--by", "刘", good}} {
		status, out, errs := runHere(t, t.Context(), append([]string{"import", "--create", "--data", filepath.Join(dir, "data")}, args...)...)
		require.Equal(t, exitUsage, status, "%v: %s %s", args, out, errs)
	}
	require.NoDirExists(t, filepath.Join(dir, "data"))
	status, out, _ := runHere(t, t.Context(), "import", "--help")
	require.Equal(t, exitOK, status)
	require.Contains(t, out, "FILE…")
	require.Contains(t, out, "rejected.xlsx")
}

// An interrupted import says how to go on, and goes on.
func TestImport_interrupted(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "district.ndjson")
	status, _, errs := runHere(t, t.Context(), "synth", "--people", "600", "--orgs", "50", "--out", file)
	require.Equal(t, exitOK, status, errs)

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	cfg := defaultConfig()
	cfg.Data = data
	p, err := openPlatform(ctx, cfg, discardLog())
	require.NoError(t, err)
	var out, bar bytes.Buffer
	im := p.importer()
	im.BatchRows = 500
	im.Auditor = &interrupting{Auditor: im.Auditor, after: 3, do: interrupt}
	i := importing{command: command{stdout: &out, stderr: &bar}, im: im}
	err = i.all(ctx, []string{file})
	require.ErrorContains(t, err, "重新运行同一命令即从此处继续")
	require.Empty(t, out.String())
	require.NoError(t, p.close(context.WithoutCancel(ctx)))

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	status, again, errs := runHere(t, t.Context(), "import", "--data", data, file)
	require.Equal(t, exitOK, status, errs)
	require.Contains(t, again, "行此前已完成")
	var total, accepted int
	_, tail, _ := strings.Cut(again, "共 ")
	require.NoError(t, json.Unmarshal([]byte(strings.Fields(tail)[0]), &total))
	_, tail, _ = strings.Cut(again, "导入 ")
	require.NoError(t, json.Unmarshal([]byte(strings.Split(tail, "，")[0]), &accepted))
	require.Equal(t, bytes.Count(text, []byte("\n")), total)
	require.Equal(t, total, accepted)
}

// interrupting ends the import from outside after some batches.
type interrupting struct {
	ingest.Auditor
	after int
	do    func()
}

func (a *interrupting) Begin(ev model.AuditEvent) (model.AuditEntry, error) {
	if a.after--; a.after == 0 {
		a.do()
	}
	return a.Auditor.Begin(ev)
}

func TestProgress(t *testing.T) {
	var w bytes.Buffer
	share := 0.25
	p := newProgress(&w, "f.csv", func() float64 { return share })
	p.every = 0
	p.show(ingest.Progress{Rows: 100, Elapsed: 1e9})
	share = 0.5
	p.show(ingest.Progress{Rows: 200, Rejected: 1, Elapsed: 2e9})
	p.end()
	lines := strings.Split(strings.TrimSpace(w.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], "25% 100 行，每秒 100 行")
	require.Contains(t, lines[1], "50% 200 行，每秒 100 行，被拒 1，剩余约 ")
	require.Contains(t, (&progress{name: "f", done: func() float64 { return 0 }}).line(ingest.Progress{Rows: 1}), "f 1 行")
}
