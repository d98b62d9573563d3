package apitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"xinyi/api"
)

// Recorder validates exchanges against the contract and remembers which were seen.
// Safe for concurrent use.
type Recorder struct {
	Doc    *openapi3.T
	router routers.Router
	mu     sync.Mutex
	seen   map[string]int // "operationId status"
}

// NewRecorder loads and validates the contract of the binary.
func NewRecorder() (*Recorder, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("apitest: read the contract: %w", err)
	}
	if err = doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("apitest: the contract: %w", err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("apitest: the routes of the contract: %w", err)
	}
	return &Recorder{Doc: doc, router: router, seen: map[string]int{}}, nil
}

// Exchange sends r to h and gives the answer, and what is wrong with the exchange by
// the contract: an undeclared status, header or property, a request that was accepted
// though the contract forbids it.
func (rec *Recorder) Exchange(h http.Handler, r *http.Request) (*httptest.ResponseRecorder, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w, rec.Check(r, body, w)
}

// Check validates one finished exchange and writes it into the ledger.
func (rec *Recorder) Check(r *http.Request, body []byte, w *httptest.ResponseRecorder) error {
	if r.Method == http.MethodPost && r.Header.Get("X-HTTP-Method-Override") == http.MethodPatch {
		r = r.Clone(r.Context())
		r.Method = http.MethodPatch
	}
	route, params, err := rec.router.FindRoute(r)
	if err != nil {
		return rec.unrouted(w)
	}
	rec.mu.Lock() // also because kin-openapi fills in the document while it validates
	defer rec.mu.Unlock()
	rec.seen[route.Operation.OperationID+" "+strconv.Itoa(w.Code)]++
	r.Body = io.NopCloser(bytes.NewReader(body))
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if w.Code < 400 {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return fmt.Errorf("%s: the request was accepted against the contract: %w", route.Operation.OperationID, err)
		}
	}
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	page := media == "text/html" || media == "application/yaml" || media == "image/svg+xml" || media == "text/csv" || media == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: w.Code, Header: w.Header(),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: page}}
	out.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		return fmt.Errorf("%s: answer %d: %w", route.Operation.OperationID, w.Code, err)
	}
	return nil
}

// unrouted: whatever has no operation is answered with a problem document too.
func (rec *Recorder) unrouted(w *httptest.ResponseRecorder) error {
	if w.Code < 400 {
		return nil // a page's asset, or OPTIONS
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		return fmt.Errorf("answer %d without an operation: media type is %q", w.Code, got)
	}
	var value any
	decoded, err := openapi3filter.JSONBodyDecoder(bytes.NewReader(w.Body.Bytes()), w.Header(), rec.Doc.Components.Schemas["Problem"], nil)
	if value = decoded; err != nil {
		return err
	}
	return rec.Doc.Components.Schemas["Problem"].Value.VisitJSON(value)
}

// Missing lists every operation × status that the contract declares and no exchange has
// produced, except those that allowed gives a reason for ("operationId status" or
// "* status"), and the entries of allowed that were not needed.
func (rec *Recorder) Missing(allowed map[string]string) (missing, unneeded []string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	used := map[string]bool{}
	for _, item := range rec.Doc.Paths.Map() {
		for _, op := range item.Operations() {
			for status := range op.Responses.Map() {
				key := op.OperationID + " " + status
				switch {
				case rec.seen[key] > 0:
				case allowed[key] != "":
					used[key] = true
				case allowed["* "+status] != "":
					used["* "+status] = true
				default:
					missing = append(missing, key)
				}
			}
		}
	}
	for key := range allowed {
		if !used[key] {
			unneeded = append(unneeded, key)
		}
	}
	slices.Sort(missing)
	slices.Sort(unneeded)
	return missing, unneeded
}
