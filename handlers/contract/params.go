package contract

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"xinyi/model"
)

type param struct {
	name     string
	required bool
	schema   *schema
}

func compileParam(p *openapi3.Parameter) (param, error) {
	s, err := compileSchema(p.Schema)
	if err != nil {
		return param{}, err
	}
	if s.kind != kindString && s.kind != kindInteger {
		return param{}, errors.New("a parameter is a string or an integer")
	}
	return param{name: p.Name, required: p.Required, schema: s}, nil
}

func (p *param) check(pointer, value string, faults []model.FieldError) []model.FieldError {
	var f fault
	switch {
	case !utf8.ValidString(value):
		f = fault{"utf8", "不是有效的 UTF-8。"}
	case p.schema.kind == kindInteger:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || value[0] == '+' {
			f = fault{"integer", "应为整数。"}
		} else {
			f = p.schema.checkInteger(n)
		}
	default:
		f = p.schema.checkString(value)
	}
	if f.code == "" {
		return faults
	}
	return append(faults, model.FieldError{Pointer: pointer, Code: f.code, Detail: f.detail})
}

// CheckQuery judges the raw query: each declared name at most once, no other name.
func (o *Operation) CheckQuery(raw string) (url.Values, []model.FieldError) {
	var faults []model.FieldError
	var values url.Values
	if raw != "" {
		var err error
		if values, err = url.ParseQuery(raw); err != nil {
			return nil, []model.FieldError{{Pointer: "?", Code: "syntax", Detail: "查询串的编码有误。"}}
		}
		for name, given := range values {
			switch p := o.queryParam(name); {
			case p == nil && o.OpenQuery:
			case p == nil:
				faults = append(faults, model.FieldError{Pointer: "?" + safeName(name), Code: "unknown_parameter", Detail: "没有这个查询参数。"})
			case len(given) > 1:
				faults = append(faults, model.FieldError{Pointer: "?" + name, Code: "repeated", Detail: "只能给一次。"})
			default:
				faults = p.check("?"+name, given[0], faults)
			}
		}
	}
	for i := range o.query {
		if p := &o.query[i]; p.required && !values.Has(p.name) {
			faults = append(faults, model.FieldError{Pointer: "?" + p.name, Code: "required", Detail: "必须提供。"})
		}
	}
	return values, faults
}

func (o *Operation) queryParam(name string) *param {
	for i := range o.query {
		if o.query[i].name == name {
			return &o.query[i]
		}
	}
	return nil
}

// CheckPath judges the path values; value gives one by name.
func (o *Operation) CheckPath(value func(name string) string) []model.FieldError {
	var faults []model.FieldError
	for i := range o.path {
		p := &o.path[i]
		faults = p.check("{"+p.name+"}", value(p.name), faults)
	}
	return faults
}

// CheckHeader judges the declared headers that were sent; a required Idempotency-Key is
// missed by its own rule, not here.
func (o *Operation) CheckHeader(h http.Header) []model.FieldError {
	var faults []model.FieldError
	for i := range o.header {
		p := &o.header[i]
		given := h[http.CanonicalHeaderKey(p.name)]
		switch {
		case len(given) == 0, len(given) == 1 && given[0] == "": // absent
		case len(given) > 1 && p.name == "Idempotency-Key":
			faults = append(faults, model.FieldError{Pointer: p.name + ":", Code: "repeated", Detail: "只能给一次。"})
		default:
			faults = p.check(p.name+":", given[0], faults)
		}
	}
	return faults
}

// safeName gives a name that the caller made up back only when it cannot carry data.
func safeName(name string) string {
	if len(name) > 32 || strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-'
	}) {
		return ""
	}
	return name
}
