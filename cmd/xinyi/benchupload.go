package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xinyi/api"
	"xinyi/cmd/xinyi/benchload"
	"xinyi/model"
)

// wholeUpload hands a large workbook in at the running server and waits until it is worked
// through.
func wholeUpload(ctx context.Context, m *meter, f *wholeFigure) error {
	size := int64(m.o.uploadMB) << 20
	path := filepath.Join(m.work, "permits.xlsx")
	rows, err := writeWorkbook(path, m.county, size)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	b, err := m.openBeside(ctx, "upload", ordinaryRate)
	if err != nil {
		return err
	}
	before, err := m.warmed(ctx)
	if err != nil {
		return err
	}
	pid := m.server.cmd.Process.Pid
	token, err := m.officer()
	if err != nil {
		return err
	}
	began := time.Now()
	no, err := m.upload(ctx, token, path)
	if err != nil {
		return err
	}
	received := time.Since(began)
	fmt.Fprintf(m.progress, "  received in %.1f s\n", received.Seconds())
	st, seen, err := m.followUpload(ctx, b, no)
	if err != nil {
		return err
	}
	took := time.Since(began)
	peak, err := statusOf(pid, "VmHWM")
	if err != nil {
		return err
	}
	if st.Status != "done" || st.Accepted != rows || st.Rejected+st.Duplicate+st.Warned > 0 {
		return fmt.Errorf("the submission ended as %+v, %d rows were handed in", st, rows)
	}
	extra := peak - before
	f.target(fmt.Sprintf("upload of a %d MB workbook", info.Size()>>20), "≤ 256 MiB of extra memory", fmt.Sprintf("%.0f MiB", mib(extra)), extra <= 256<<20)
	f.say("A workbook of permits of %.1f MB, %d rows, through `POST /v1/submissions` on a server whose caches are full: received after %.1f s, worked through after **%.0f s** (%.0f rows/s), all rows accepted. "+
		"Resident memory %.0f MiB before, %.0f MiB at its peak: **%.0f MiB** more.", float64(info.Size())/(1<<20), rows, received.Seconds(), took.Seconds(), float64(rows)/(took-received).Seconds(),
		mib(before), mib(peak), mib(extra))
	f.say("Progress of `GET /v1/submissions/{no}` meanwhile: %s.", strings.Join(seen, ", "))
	b.report(f, "", 0)
	return nil
}

// warmed has the server answer everything for a while, so that its caches are full, as those
// of a server are that has been up for a day, and gives the memory then. Its peak starts over.
func (m *meter) warmed(ctx context.Context) (resident int64, err error) {
	s := &stage{meter: m, job: job{name: "mixed", make: mixedRequests}}
	if _, err := s.make(ctx, poolPasses); err != nil {
		return 0, err
	}
	for range 2 {
		if _, err := s.phase(ctx, m.server, benchload.Phase{Conns: 64, Seconds: 10}); err != nil {
			return 0, err
		}
	}
	if err := s.settle(ctx); err != nil {
		return 0, err
	}
	pid := m.server.cmd.Process.Pid
	if err := forgetPeak(pid); err != nil {
		return 0, err
	}
	return rssOf(pid)
}

// officer gives a token of the department that hands in.
func (m *meter) officer() (token string, err error) {
	return m.staffToken(model.RoleDepartment, m.county.unit, m.county.unitName)
}

// followUpload measures look-ups and reads the progress until the submission has ended.
func (m *meter) followUpload(ctx context.Context, b *beside, no string) (st api.Submission, seen []string, err error) {
	last := -1
	err = b.until(ctx, func() (counts, done bool, err error) {
		token, err := m.officer() // an upload outlives a token on a slow machine
		if err != nil {
			return false, false, err
		}
		if err := m.ask(ctx, "GET", "/v1/submissions/"+no, token, nil, &st); err != nil {
			return false, false, err
		}
		if st.FinishedAt != nil {
			return false, true, nil
		}
		if st.RowsRead > last {
			last = st.RowsRead
			seen = append(seen, fmt.Sprint(st.RowsRead))
			now, err := m.server.sample(ctx, false)
			if err != nil {
				return false, false, err
			}
			fmt.Fprintf(m.progress, "  %d rows of %v, %d/s; resident %.0f MiB, block cache %.0f, tables in memory %.0f, Go %.0f of which free %.0f\n", st.RowsRead, orZero(st.RowsTotal), st.RowsPerSecond, mib(now.rss),
				mib(int64(now.store["xinyi_store_cache_bytes"])), mib(int64(now.store["xinyi_store_mem_table_bytes"])), mib(now.heap.Mapped), mib(now.heap.Free))
		}
		return true, false, nil
	})
	return st, thinned(seen, 12), err
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// thinned leaves at most n of a list, evenly.
func thinned(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	out := make([]string, n)
	for i := range out {
		out[i] = list[i*(len(list)-1)/(n-1)]
	}
	return out
}

// upload sends the file as a browser does and gives the number of the submission.
func (m *meter) upload(ctx context.Context, token, path string) (no string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	body, in := io.Pipe()
	form := multipart.NewWriter(in)
	go func() {
		err := form.WriteField("kind", "permit")
		part, created := form.CreateFormFile("file", "许可.xlsx")
		if err = errors.Join(err, created); err == nil {
			_, err = io.Copy(part, file)
		}
		in.CloseWithError(errors.Join(err, form.Close()))
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+m.server.addr+"/v1/submissions", body)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Idempotency-Key", rand.Text())
	var st api.Submission
	err = m.send(req, token, &st)
	return st.SubmissionNo, err
}
