package verifier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"xinyi/gateway/verifier"
	"xinyi/model"
)

var clock = model.ClockFunc(func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, model.Shanghai) })

const name, secret = "甄试贤", "the-shared-secret"

func person(t testing.TB, order int) model.CitizenID {
	t.Helper()
	id, err := model.ComposeCitizenID("410203", "1900-03-07", order)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

type verify interface {
	Verify(ctx context.Context, name string, id model.CitizenID) error
}

func TestBothVerifiersAgree(t *testing.T) {
	register := verifier.NewRegister([]verifier.Person{{Name: name, ID: person(t, 1)}})
	sides := map[string]verify{"register": register}
	for auth, keyID := range map[string]string{"bearer": "", "hmac": "k1"} {
		srv := httptest.NewServer(&verifier.Emulator{Register: register, Secret: secret, KeyID: keyID, Clock: clock})
		t.Cleanup(srv.Close)
		remote, err := verifier.NewRemote(verifier.Config{URL: srv.URL, Secret: secret, KeyID: keyID, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		sides[auth] = remote
	}
	for side, v := range sides {
		for _, c := range []struct {
			name string
			id   model.CitizenID
			want model.Code
		}{
			{name, person(t, 1), ""},
			{"别的人", person(t, 1), model.CodeIdentityMismatch},
			{"", person(t, 1), model.CodeIdentityMismatch},
			{name, person(t, 2), model.CodeNotFound},
			{name, model.CitizenID{}, model.CodeNotFound},
		} {
			if got := model.CodeOf(v.Verify(t.Context(), c.name, c.id)); got != c.want {
				t.Errorf("%s: %q: got %s, want %s", side, c.name, got, c.want)
			}
		}
	}
}

// Whatever goes wrong out there is an outage, and no error tells who was asked about.
func TestOutages(t *testing.T) {
	id := person(t, 1)
	faults := map[string]func(http.ResponseWriter, *http.Request) bool{
		"status 500": func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(500); return true },
		"not json": func(w http.ResponseWriter, _ *http.Request) bool {
			fmt.Fprint(w, "<html>"+id.Reveal()+name)
			return true
		},
		"other request": func(w http.ResponseWriter, _ *http.Request) bool {
			fmt.Fprint(w, `{"requestId":"x","result":"match"}`)
			return true
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			return true
		},
		"slow":    func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true },
		"hang up": func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
	}
	for label, fault := range faults {
		t.Run(label, func(t *testing.T) {
			srv := httptest.NewServer(&verifier.Emulator{Register: verifier.NewRegister(nil), Secret: secret, Clock: clock, Fault: fault})
			t.Cleanup(srv.Close)
			r, err := verifier.NewRemote(verifier.Config{URL: srv.URL, Secret: secret, Clock: clock, Timeout: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			err = r.Verify(t.Context(), name, id)
			if !model.Is(err, model.CodeUpstream) {
				t.Fatalf("got %v", err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				text := fmt.Sprintf("%v %#v", e, e)
				for _, hidden := range []string{name, id.Reveal(), secret} {
					if strings.Contains(text, hidden) {
						t.Errorf("%q is in %q", hidden, text)
					}
				}
			}
		})
	}
}

// The emulator is strict, so that Remote is proved to sign rightly.
func TestProofIsChecked(t *testing.T) {
	register := verifier.NewRegister([]verifier.Person{{Name: name, ID: person(t, 1)}})
	var last *http.Request
	var body []byte
	srv := httptest.NewServer(&verifier.Emulator{Register: register, Secret: secret, KeyID: "k1", Clock: clock})
	t.Cleanup(srv.Close)
	spy := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		last = r.Clone(t.Context())
		return http.DefaultTransport.RoundTrip(r)
	})
	ask := func(c verifier.Config) error {
		c.URL, c.Transport = srv.URL+"/v", spy
		r, err := verifier.NewRemote(c)
		if err != nil {
			t.Fatal(err)
		}
		return r.Verify(t.Context(), name, person(t, 1))
	}
	late := model.ClockFunc(func() time.Time { return clock().Add(time.Hour) })
	for label, c := range map[string]verifier.Config{
		"wrong secret": {Secret: "other", KeyID: "k1", Clock: clock},
		"wrong key":    {Secret: secret, KeyID: "k2", Clock: clock},
		"late":         {Secret: secret, KeyID: "k1", Clock: late},
		"bearer":       {Secret: secret, Clock: clock},
	} {
		if err := ask(c); !model.Is(err, model.CodeUpstream) {
			t.Errorf("%s: %v", label, err)
		}
	}
	if err := ask(verifier.Config{Secret: secret, KeyID: "k1", Clock: clock}); err != nil {
		t.Fatal(err)
	}
	last.Body = io.NopCloser(bytes.NewReader(body))
	res, err := http.DefaultTransport.RoundTrip(last)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a replayed request was answered %d", res.StatusCode)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPersonalDataNeedsTLS(t *testing.T) {
	for _, u := range []string{"", "http://verify.example.org/x", "ftp://127.0.0.1/", "https://user:pw@example.org/", "http://127.0.0.1.example.org/"} {
		if _, err := verifier.NewRemote(verifier.Config{URL: u, Secret: secret, Clock: clock}); err == nil {
			t.Errorf("%q accepted", u)
		}
	}
	for _, u := range []string{"https://verify.example.org/x", "http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost/"} {
		if _, err := verifier.NewRemote(verifier.Config{URL: u, Secret: secret, Clock: clock}); err != nil {
			t.Errorf("%q: %v", u, err)
		}
	}
}
