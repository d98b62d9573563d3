package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Idempotency says what an operation does with Idempotency-Key.
type Idempotency string

// IdempotencyNone belongs to operations that do not know the header.
const (
	IdempotencyNone     Idempotency = ""
	IdempotencyRequired Idempotency = "required"
	IdempotencyIgnored  Idempotency = "ignored"
)

// Contract is the compiled document.
type Contract struct {
	operations []*Operation
	json       []byte
}

// Operation is one path and method of the contract.
type Operation struct {
	ID     string
	Method string // GET, POST …
	// Path is the template of the contract, such as /v1/enterprises/{uscc}.
	Path        string
	Permission  string
	Idempotency Idempotency
	// OpenQuery takes parameters that are not declared: whoever passes a page's address on adds
	// their own (x-query: open).
	OpenQuery bool
	// Statuses are the declared answers, ascending.
	Statuses []int

	query, path, header []param
	body                *schema
	bodyRequired        bool
	form, upload        bool
}

// Load reads and validates the document and compiles every operation. All faults are
// reported together.
func Load(document []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("contract: read: %w", err)
	}
	if err = doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("contract: validate: %w", err)
	}
	c := &Contract{}
	if c.json, err = json.Marshal(doc); err != nil {
		return nil, fmt.Errorf("contract: write JSON: %w", err)
	}
	var faults []error
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, op := range doc.Paths.Value(path).Operations() {
			compiled, err := compileOperation(method, path, op)
			if err != nil {
				faults = append(faults, fmt.Errorf("contract: %s %s: %w", method, path, err))
				continue
			}
			c.operations = append(c.operations, compiled)
		}
	}
	slices.SortFunc(c.operations, func(a, b *Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return c, errors.Join(faults...)
}

// Operations gives all of them, by path.
func (c *Contract) Operations() []*Operation { return c.operations }

// JSON is the document as JSON, for the reference page.
func (c *Contract) JSON() []byte { return c.json }

// Permissions lists each permission once, sorted.
func (c *Contract) Permissions() []string {
	var all []string
	for _, op := range c.operations {
		all = append(all, op.Permission)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Find gives the operation of a method and path template ({name} or :name).
func (c *Contract) Find(method, template string) (*Operation, bool) {
	for _, op := range c.operations {
		if op.Method == method && (op.Path == template || op.GinPath() == template) {
			return op, true
		}
	}
	return nil, false
}

// GinPath is the template with :name for {name}.
func (o *Operation) GinPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(o.Path)
}

// HasBody reports whether the operation takes a body.
func (o *Operation) HasBody() bool { return o.body != nil || o.form }

// Form reports whether the body is a form instead of JSON.
func (o *Operation) Form() bool { return o.form }

// Upload reports whether the body may be a multipart form with a file instead of JSON; its
// handler checks the form.
func (o *Operation) Upload() bool { return o.upload }

func compileOperation(method, path string, op *openapi3.Operation) (*Operation, error) {
	o := &Operation{ID: op.OperationID, Method: method, Path: path}
	var ok bool
	if o.Permission, ok = op.Extensions["x-permission"].(string); !ok || o.Permission == "" {
		return nil, errors.New("no x-permission")
	}
	if o.ID == "" {
		return nil, errors.New("no operationId")
	}
	idempotency, _ := op.Extensions["x-idempotency"].(string)
	o.Idempotency = Idempotency(idempotency)
	switch o.Idempotency {
	case IdempotencyNone, IdempotencyRequired, IdempotencyIgnored:
	default:
		return nil, errors.New("x-idempotency is neither required nor ignored")
	}
	if query, said := op.Extensions["x-query"]; said {
		if o.OpenQuery = query == "open"; !o.OpenQuery {
			return nil, errors.New("x-query is not open")
		}
	}
	for status := range op.Responses.Map() {
		var n int
		if _, err := fmt.Sscanf(status, "%3d", &n); err != nil {
			return nil, fmt.Errorf("answer %q is not a status", status)
		}
		o.Statuses = append(o.Statuses, n)
	}
	slices.Sort(o.Statuses)
	for _, ref := range op.Parameters {
		p, err := compileParam(ref.Value)
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", ref.Value.Name, err)
		}
		switch ref.Value.In {
		case openapi3.ParameterInQuery:
			o.query = append(o.query, p)
		case openapi3.ParameterInPath:
			o.path = append(o.path, p)
		case openapi3.ParameterInHeader:
			o.header = append(o.header, p)
		default:
			return nil, fmt.Errorf("parameter %s: in %s is not supported", p.name, ref.Value.In)
		}
	}
	return o, o.compileBody(op.RequestBody)
}

func (o *Operation) compileBody(ref *openapi3.RequestBodyRef) error {
	if ref == nil {
		return nil
	}
	o.bodyRequired = ref.Value.Required
	o.upload = ref.Value.Content["multipart/form-data"] != nil
	if n := len(ref.Value.Content); n != 1 && (n != 2 || !o.upload) {
		return errors.New("a body has exactly one media type, besides a multipart form")
	}
	if ref.Value.Content["application/x-www-form-urlencoded"] != nil {
		o.form = true // checked by its handler: RFC 6749 has its own error form
		return nil
	}
	media := ref.Value.Content["application/json"]
	if media == nil || media.Schema == nil {
		return errors.New("a body is application/json with a schema, or a form")
	}
	var err error
	o.body, err = compileSchema(media.Schema)
	if err == nil && o.body.kind != kindObject {
		err = errors.New("a body is an object")
	}
	return err
}
