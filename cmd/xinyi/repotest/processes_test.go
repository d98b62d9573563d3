package repotest

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/store/mongo/mongotest"
)

// process is one running `xinyi serve` of several on one database.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string // where it listens
	issuer string // what it calls itself
	data   string
}

// serveOn starts a process on data and waits until it is ready; it is stopped at the end,
// when it must end well.
func serveOn(t *testing.T, data string, args ...string) *process {
	t.Helper()
	p := &process{t: t, data: data}
	p.cmd = exec.Command(program(t), append([]string{"serve", "--demo", "--data", data, "--listen", "127.0.0.1:0", "--cache-mb", "16"}, args...)...)
	p.cmd.Env = clean()
	log, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	var said strings.Builder
	listens, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for s := bufio.NewScanner(log); s.Scan(); {
			var line struct{ Msg, Listen, Level string }
			if json.Unmarshal(s.Bytes(), &line) != nil || line.Level != "INFO" {
				said.WriteString(s.Text() + "\n")
			} else if line.Msg == "ready" {
				listens <- line.Listen
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have been killed
		<-ended
		err := p.cmd.Wait()
		if killed := p.cmd.ProcessState.Sys().(syscall.WaitStatus).Signaled(); err != nil && !killed || t.Failed() {
			t.Logf("xinyi serve in %s ended with %v and said:\n%s", filepath.Base(data), err, said.String())
		}
	})
	select {
	case address := <-listens:
		p.base, p.issuer = "http://"+address, "http://"+address
	case <-ended:
		t.Fatalf("xinyi serve ended before it was ready:\n%s", said.String())
	case <-time.After(startWithin):
		t.Fatal("xinyi serve was not ready in time")
	}
	return p
}

// join starts one more process beside first: the same keys and sign-ins, a folder of its own.
func (p *process) join(t *testing.T, args ...string) *process {
	t.Helper()
	data := filepath.Join(t.TempDir(), "d")
	require.NoError(t, os.MkdirAll(filepath.Join(data, "keys"), 0o700))
	for _, name := range []string{"demo.json", "keys/master.key"} {
		text, err := os.ReadFile(filepath.Join(p.data, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(data, name), text, 0o600))
	}
	joined := serveOn(t, data, append(args, "--base-url", p.issuer)...)
	joined.issuer = p.issuer
	return joined
}

type reply struct {
	status int
	header http.Header
	body   []byte
	json   map[string]any
}

// ask sends one request; body is JSON, or a form when it is url.Values.
func (p *process) ask(method, path, token string, body any, header ...string) reply {
	p.t.Helper()
	var payload io.Reader
	media := "application/json"
	switch b := body.(type) {
	case nil:
	case url.Values:
		payload, media = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		text, err := json.Marshal(b)
		require.NoError(p.t, err)
		payload = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, payload)
	require.NoError(p.t, err)
	r.Header.Set("Content-Type", media)
	if token != "" {
		r.Header.Set("Authorization", token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer resp.Body.Close()
	out := reply{status: resp.StatusCode, header: resp.Header}
	out.body, err = io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	_ = json.Unmarshal(out.body, &out.json) // not every answer is JSON
	return out
}

func (r reply) text(key string) string {
	s, _ := r.json[key].(string)
	return s
}

func (r reply) want(t *testing.T, status int) reply {
	t.Helper()
	require.Equal(t, status, r.status, "%s", r.body)
	return r
}

// signIns are what demo.json says.
type signIns struct {
	Citizens    []struct{ WeChatCode string }
	Clients     []struct{ Role, ClientID, ClientSecret string }
	Enterprises []struct{ USCC, Name string }
}

func (p *process) signIns() (s signIns) {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.data, "demo.json"))
	require.NoError(p.t, err)
	require.NoError(p.t, json.Unmarshal(text, &s))
	return s
}

func (p *process) citizen(n int) string {
	p.t.Helper()
	return "Bearer " + p.ask("POST", "/v1/auth/wechat", "", map[string]string{"code": p.signIns().Citizens[n-1].WeChatCode}).want(p.t, 200).text("accessToken")
}

func (p *process) client(role string) string {
	p.t.Helper()
	for _, c := range p.signIns().Clients {
		if c.Role == role {
			basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(c.ClientID+":"+c.ClientSecret))
			return "Bearer " + p.ask("POST", "/oauth2/token", basic, url.Values{"grant_type": {"client_credentials"}}).want(p.t, 200).text("access_token")
		}
	}
	p.t.Fatalf("no client %s", role)
	return ""
}

// searches are asked of every engine: codes, names, parts, initials, mistakes, nothing.
func searches(s signIns) []string {
	list := []string{"krrd", "开封", "润达", "有限公司", "食品", "开封润答", "kfrd", "科技", "zzzz", "开封润达网络服务部"}
	for _, e := range s.Enterprises[:6] {
		name := []rune(e.Name)
		list = append(list, e.USCC, e.Name, string(name[:4]), string(append(name[:3:3], name[4:]...)), string(name[len(name)/2:]))
	}
	return list
}

// TestProcesses: two real processes on one MongoDB behave as one, and answer as the
// embedded engine does. The database is FerretDB, which loses concurrent updates, so one
// request follows the other; XINYI_TEST_MONGODB_URI names a real server instead.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("builds FerretDB")
	}
	uri := mongotest.URI()
	if uri == "" {
		uri = startFerret(t)
	}
	on := []string{"--store", mongotest.Database(t, uri, t.TempDir()), "--allow-standalone-mongodb"}
	began := time.Now()
	a := serveOn(t, filepath.Join(t.TempDir(), "d"), on...)
	t.Logf("the first process was ready after %s", time.Since(began))
	began = time.Now()
	b := a.join(t, on...)
	t.Logf("the second process was ready after %s", time.Since(began))

	t.Run("tokens and log-out", func(t *testing.T) {
		within := time.Hour
		for range 3 { // a busy machine may be late once
			token := a.citizen(3)
			b.ask("GET", "/v1/me", token, nil).want(t, 200)
			a.ask("POST", "/v1/auth/logout", token, nil).want(t, 204)
			out := time.Now()
			a.ask("GET", "/v1/me", token, nil).want(t, 401)
			require.Eventually(t, func() bool { return b.ask("GET", "/v1/me", token, nil).status == 401 }, 20*time.Second, 10*time.Millisecond)
			within = min(within, time.Since(out))
		}
		t.Logf("the other process knew after %s", within)
		require.Less(t, within, time.Second)
	})
	t.Run("a pass is used once", func(t *testing.T) {
		citizen, gateA, gateB := b.citizen(1), a.client("gate"), b.client("gate")
		ticket := map[string]string{"benefitCode": "TT-PARK-60"}
		first := a.ask("POST", "/v1/me/passes", citizen, ticket, "Idempotency-Key", "k1").want(t, 201)
		again := b.ask("POST", "/v1/me/passes", citizen, ticket, "Idempotency-Key", "k1").want(t, 201)
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, string(first.body), string(again.body))
		second := b.ask("POST", "/v1/me/passes", citizen, ticket, "Idempotency-Key", "k2").want(t, 201)
		scan := map[string]string{"pass": first.text("pass")}
		require.Equal(t, "pass", b.ask("POST", "/v1/gate/checks", gateA, scan).want(t, 200).text("result"))
		redeemed := a.ask("POST", "/v1/gate/redemptions", gateA, scan, "Idempotency-Key", "r1").want(t, 201)
		require.Equal(t, "pass", redeemed.text("result"))
		require.Equal(t, "pass_already_used", b.ask("POST", "/v1/gate/redemptions", gateB, scan, "Idempotency-Key", "r2").want(t, 409).text("code"))
		replayed := b.ask("POST", "/v1/gate/redemptions", gateA, scan, "Idempotency-Key", "r1").want(t, 201)
		require.Equal(t, string(redeemed.body), string(replayed.body))
		// The cap of one a day counts what the other process let through.
		scan = map[string]string{"pass": second.text("pass")}
		require.Equal(t, "standard", b.ask("POST", "/v1/gate/redemptions", gateB, scan, "Idempotency-Key", "r3").want(t, 201).text("result"))
		lists := a.ask("GET", "/v1/gate/redemptions", gateA, nil).want(t, 200)
		require.Equal(t, string(lists.body), string(b.ask("GET", "/v1/gate/redemptions", gateB, nil).want(t, 200).body))
	})
	t.Run("the same answers as the embedded engine", func(t *testing.T) {
		e := serveOn(t, filepath.Join(t.TempDir(), "d"))
		for _, q := range searches(a.signIns()) {
			path := "/v1/enterprises?limit=50&q=" + url.QueryEscape(q)
			want := items(t, e.ask("GET", path, "", nil).want(t, 200))
			require.Equal(t, want, items(t, a.ask("GET", path, "", nil).want(t, 200)), q)
			require.Equal(t, want, items(t, b.ask("GET", path, "", nil).want(t, 200)), q)
		}
		enterprises := a.signIns().Enterprises
		for _, enterprise := range enterprises[len(enterprises)-5:] { // FerretDB is slow
			path := "/v1/enterprises/" + enterprise.USCC
			onA, onB := a.ask("GET", path, "", nil).want(t, 200), b.ask("GET", path, "", nil).want(t, 200)
			require.Equal(t, onA.header.Get("ETag"), onB.header.Get("ETag"))
			require.Equal(t, string(onA.body), string(onB.body))
			for _, path := range []string{path, path + "/records"} {
				require.Equal(t, without(e.ask("GET", path, "", nil).want(t, 200)), without(a.ask("GET", path, "", nil).want(t, 200)), path)
			}
		}
		for _, path := range []string{"/v1/lists/honor", "/v1/lists/serious", "/v1/lists/abnormal", "/v1/sectors", "/v1/sectors/tax/ratings", "/v1/benefits", "/v1/approval-items"} {
			require.Equal(t, without(e.ask("GET", path, "", nil).want(t, 200)), without(a.ask("GET", path, "", nil).want(t, 200)), path)
		}
		for _, n := range []int{1, 4, 5, 6} {
			onE, onA, onB := e.citizen(n), a.citizen(n), b.citizen(n)
			for _, path := range []string{"/v1/me/credit", "/v1/me/credit/records", "/v1/me/enterprises"} {
				want := without(e.ask("GET", path, onE, nil).want(t, 200))
				require.Equal(t, want, without(a.ask("GET", path, onA, nil).want(t, 200)), path)
				require.Equal(t, want, without(b.ask("GET", path, onB, nil).want(t, 200)), path)
			}
		}
	})
	t.Run("cursors", func(t *testing.T) {
		path, seen := "/v1/enterprises?limit=7&q="+url.QueryEscape("开封"), 0
		for page, cursor := 0, ""; page == 0 || cursor != "" && page < 8; page++ {
			at := []*process{a, b}[page%2]
			r := at.ask("GET", path+cursor, "", nil).want(t, 200)
			seen += len(items(t, r))
			if cursor = r.text("nextCursor"); cursor != "" {
				cursor = "&cursor=" + cursor
			}
		}
		require.Greater(t, seen, 20)
	})
	t.Run("one is killed", func(t *testing.T) {
		token := a.citizen(2)
		require.NoError(t, a.cmd.Process.Kill())
		b.ask("GET", "/v1/me/credit", token, nil).want(t, 200)
		bank := b.client("bank")
		b.ask("GET", "/v1/loan/whitelist/"+b.signIns().Enterprises[0].USCC, bank, nil).want(t, 200)
		c := b.join(t, on...)
		c.ask("GET", "/v1/me/credit", token, nil).want(t, 200)
		verify := exec.CommandContext(t.Context(), program(t), append([]string{"audit", "verify", "--data", c.data}, on...)...)
		verify.Env = clean()
		said, err := verify.CombinedOutput()
		require.NoError(t, err, "%s", said)
	})
}

func items(t *testing.T, r reply) []any {
	t.Helper()
	list, ok := r.json["items"].([]any)
	require.True(t, ok, "%s", r.body)
	return list
}

// without gives an answer less what is new with every district: random ids and instants.
func without(r reply) string {
	var plain func(v any) any
	plain = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				switch k {
				case "nextCursor", "recordId", "recordIds", "id", "subjectId", "updatedAt", "asOf", "at", "evidence":
					delete(v, k)
				default:
					v[k] = plain(x)
				}
			}
		case []any:
			for i := range v {
				v[i] = plain(v[i])
			}
		}
		return v
	}
	out, err := json.MarshalIndent(plain(r.json), "", " ")
	return fmt.Sprintf("%s %v", out, err)
}
