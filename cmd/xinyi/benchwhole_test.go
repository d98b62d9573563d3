package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"xinyi/store"
)

// What is noted of batches is read back as it was, and a file that was cut is refused.
func TestSpool(t *testing.T) {
	op := rapid.Custom(func(t *rapid.T) store.Op {
		return store.Op{Kind: store.OpKind(rapid.IntRange(int(store.OpInsert), int(store.OpMark)).Draw(t, "kind")), Coll: rapid.StringN(1, 9, -1).Draw(t, "coll"),
			ID: rapid.StringN(1, 300, -1).Draw(t, "id"), Rev: rapid.Int64().Draw(t, "rev"), Body: bson.Raw(rapid.SliceOfN(rapid.Byte(), 1, 500).Draw(t, "body"))}
	})
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		batches := rapid.SliceOfN(rapid.SliceOfN(op, 0, 5), 0, 5).Draw(t, "batches")
		path := filepath.Join(dir, "batches")
		s, err := newSpool(path)
		require.NoError(t, err)
		for _, ops := range batches {
			require.NoError(t, s.put(ops))
		}
		require.NoError(t, s.close())
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		in := bufio.NewReader(bytes.NewReader(text))
		for _, want := range batches {
			got, err := readBatch(in)
			require.NoError(t, err)
			require.Equal(t, append([]store.Op{}, want...), got)
		}
		_, err = readBatch(in)
		require.ErrorIs(t, err, io.EOF)
		if len(text) > 1 {
			in = bufio.NewReader(bytes.NewReader(text[:len(text)-1]))
			for err = nil; err == nil; {
				_, err = readBatch(in)
			}
			require.True(t, errors.Is(err, errSpool) || len(batches[len(batches)-1]) == 0, "%v", err)
		}
	})
}

// The workbook is one that spreadsheet programs read, of the asked size at most.
func TestWorkbook(t *testing.T) {
	c := &county{unit: "1141020300590001XX", unitName: "顺河回族区市场监督管理局"}
	for _, name := range []string{"开封甲有限公司", "开封乙有限公司", "开封丙有限公司"} {
		c.orgs = append(c.orgs, countyOrg{uscc: name + "的代码", name: name})
	}
	path := filepath.Join(t.TempDir(), "permits.xlsx")
	const size = 256 << 10
	rows, err := writeWorkbook(path, c, size)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.LessOrEqual(t, info.Size(), int64(size))
	require.Greater(t, info.Size(), int64(size*9/10))
	book, err := excelize.OpenFile(path)
	require.NoError(t, err)
	defer book.Close()
	cells, err := book.GetRows("数据")
	require.NoError(t, err)
	require.Len(t, cells, rows+1)
	require.Equal(t, permitHeader, cells[0])
	seen := map[string]bool{}
	for i, row := range cells[1:] {
		require.Len(t, row, len(permitHeader))
		require.Equal(t, row[0]+"的代码", row[1], "row %d", i)
		require.Equal(t, c.unitName, row[9])
		require.Equal(t, c.unit, row[10])
		require.Equal(t, "2026-05-11", row[6])
		require.False(t, seen[row[3]], "%s stands twice", row[3])
		seen[row[3]] = true
		seen[row[0]] = true
	}
	require.True(t, seen["开封甲有限公司"] && seen["开封乙有限公司"] && seen["开封丙有限公司"])
}

// A job that is measured again replaces its figure and leaves the others'.
func TestWholePage(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	keep := func(job, got string, ok bool) {
		f := wholeFigure{Job: job, Title: job + " title", At: at}
		f.target(job+" figure", "≤ 1", got, ok)
		f.say("Text of %s.", job)
		require.NoError(t, keepWhole(dir, f))
	}
	keep("kpi", "2", false)
	keep("judge", "3", true)
	keep("kpi", "0.5", true)
	figures, err := readWhole(dir)
	require.NoError(t, err)
	page := wholePage(&county{size: countySize{People: 10}}, "embedded", figures)
	require.Contains(t, page, "| kpi figure | ≤ 1 | 0.5 | ✓ |")
	require.NotContains(t, page, "| 2 |")
	require.Less(t, strings.Index(page, "| judge figure"), strings.Index(page, "| kpi figure"), "in the order of the jobs")
	require.Contains(t, page, "This is not the whole county")
	require.NotContains(t, wholePage(&county{size: wholeCounty}, "embedded", nil), "This is not")
}

func TestBench_jobs(t *testing.T) {
	for _, tc := range []struct {
		jobs  string
		whole bool
		want  string // "" = refused
	}{{"", false, ""}, {"", true, strings.Join(wholeNames(), ",")}, {"file,raw", true, "file,raw"}, {"judge", false, "judge"}} {
		o := benchOptions{}
		if tc.jobs != "" {
			o.jobs = strings.Split(tc.jobs, ",")
		}
		require.NoError(t, o.checkJobs(tc.whole))
		require.Equal(t, tc.want, strings.Join(o.jobs, ","))
		require.Equal(t, strings.HasPrefix(tc.want, "judge") || strings.HasPrefix(tc.want, "county-import"), o.wholeJobs())
	}
	for _, bad := range []string{"nothing", "judge,file"} {
		o := benchOptions{jobs: strings.Split(bad, ",")}
		require.ErrorAs(t, o.checkJobs(false), &usageError{})
	}
}

func TestThinned(t *testing.T) {
	require.Equal(t, []string{"1", "2"}, thinned([]string{"1", "2"}, 3))
	require.Equal(t, []string{"1", "3", "5"}, thinned([]string{"1", "2", "3", "4", "5"}, 3))
}
