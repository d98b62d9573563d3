package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// forger makes requests from the contract and spoils them. It draws everything from its
// own randomness, so that a seed makes the same requests again.
type forger struct {
	*rand.Rand
	operations []operation
	tokens     []string          // good ones, of every role
	known      map[string]string // values that exist, by parameter name
}

type operation struct {
	method, path string
	op           *openapi3.Operation
}

func operationsOf(doc *openapi3.T) []operation {
	var all []operation
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, operation{method, path, op})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

func pick[T any](f *forger, from []T) T { return from[f.IntN(len(from))] }

// chance is true once in n.
func (f *forger) chance(n int) bool { return f.IntN(n) == 0 }

// nasty are texts that have broken servers: operators, tricks, odd bytes, long runs.
var nasty = []string{
	"", " ", "'", `"`, "\\", "%", "%00", "%2e%2e%2f", "../../etc/passwd", "..%5c", "$where", `{"$ne":null}`, `{"$gt":""}`, "[$regex]=.*", "1;DROP", "' OR '1'='1",
	"${jndi:ldap://x}", "{{7*7}}", "<script>", "\x00", "\xff\xfe", "\xed\xa0\x80", "\u202e", "\ufeff", "٣", "１２３", "😀", "NaN", "Infinity", "1e400", "-0", "-1", "abc", "true", "null",
	"99999999999999999999999999", "2026-02-30", "0000-00-00", "+8615000000000", "91410203MA44444T8O", "p_00000000000000000000000000", "_id", "__proto__", "xyr_x", "XY1:", "XY1:ABC",
	"\r\nX-Injected: 1", strings.Repeat("9", 300), strings.Repeat("开", 400), strings.Repeat("a", 70_000),
}

func (f *forger) text() string {
	switch f.IntN(4) {
	case 0:
		b := make([]byte, f.IntN(40))
		for i := range b {
			b[i] = byte(f.IntN(256))
		}
		return string(b)
	case 1:
		return pick(f, nasty) + pick(f, nasty)
	default:
		return pick(f, nasty)
	}
}

// value makes what s describes, mostly.
func (f *forger) value(ref *openapi3.SchemaRef, name string, depth int) any {
	s := ref.Value
	if len(s.AllOf) == 1 {
		s = s.AllOf[0].Value
	}
	if f.chance(9) || depth > 6 {
		return f.wrong(depth)
	}
	switch {
	case len(s.Enum) > 0:
		return pick(f, s.Enum)
	case s.Type.Is("object"):
		out := map[string]any{}
		for key, property := range s.Properties {
			if slices.Contains(s.Required, key) && !f.chance(12) || f.chance(2) {
				out[key] = f.value(property, key, depth+1)
			}
		}
		if f.chance(12) {
			out[f.text()] = f.wrong(depth + 1)
		}
		return out
	case s.Type.Is("array"):
		out := make([]any, f.IntN(4))
		for i := range out {
			out[i] = f.value(s.Items, name, depth+1)
		}
		return out
	case s.Type.Is("integer"):
		return f.IntN(200) - 20
	case s.Type.Is("boolean"):
		return f.chance(2)
	}
	if known, ok := f.known[name]; ok && !f.chance(4) {
		return known
	}
	return f.text()
}

// wrong is of any type but the expected one.
func (f *forger) wrong(depth int) any {
	switch f.IntN(9) {
	case 0:
		return nil
	case 1:
		return f.Float64() * 1e30
	case 2:
		return []any{f.text()}
	case 3:
		return map[string]any{pick(f, []string{"$ne", "$gt", "$where", "$regex", "$in", "toString"}): f.text()}
	case 4:
		return -1
	case 5:
		return true
	case 6:
		var deep any = "x"
		for range f.IntN(300) {
			deep = []any{deep}
		}
		return deep
	default:
		return f.text()
	}
}

// body makes a body and spoils its text now and then.
func (f *forger) body(op *openapi3.Operation) (body, media string) {
	media = "application/json"
	if op.RequestBody == nil {
		if f.chance(10) {
			return f.text(), media
		}
		return "", ""
	}
	content := op.RequestBody.Value.Content
	if form := content["application/x-www-form-urlencoded"]; form != nil {
		values := url.Values{}
		for key, property := range form.Schema.Value.Properties {
			if f.chance(2) {
				values.Add(key, fmt.Sprint(f.value(property, key, 5)))
			}
		}
		values.Set("grant_type", pick(f, []string{"client_credentials", "client_credentials", "password", f.text()}))
		return values.Encode(), "application/x-www-form-urlencoded"
	}
	encoded, err := json.Marshal(f.value(content["application/json"].Schema, "", 0))
	if err != nil {
		return "{", media
	}
	body = string(encoded)
	switch f.IntN(16) {
	case 0:
		body = body[:f.IntN(len(body)+1)]
	case 1:
		at := f.IntN(len(body) + 1)
		body = body[:at] + f.text() + body[at:]
	case 2:
		body += body
	case 3:
		body = strings.Replace(body, ":", ":"+strings.Repeat("[", 20_000), 1)
	case 4:
		body = `{"pass":1,"pass":2,` + strings.TrimPrefix(body, "{")
	case 5:
		body = "\ufeff" + body
	case 6:
		body = f.text()
	}
	return body, media
}

// target fills in the path and adds a query.
func (f *forger) target(o operation) string {
	path := o.path
	for _, p := range o.op.Parameters {
		if p.Value.In != "path" {
			continue
		}
		value := f.known[p.Value.Name]
		if value == "" || f.chance(3) {
			value = f.text()
		}
		if !f.chance(8) {
			value = url.PathEscape(value)
		}
		path = strings.Replace(path, "{"+p.Value.Name+"}", value, 1)
	}
	switch f.IntN(40) {
	case 0:
		path += "/.."
	case 1:
		path = "/" + path
	case 2:
		path = strings.Replace(path, "/v1", "/v1/%2e%2e/v1", 1)
	case 3:
		path = strings.ToUpper(path)
	case 4:
		path += "%2f" + f.text()
	case 5:
		path = f.text()
	case 6:
		path = "http://elsewhere.example" + path
	}
	query := url.Values{}
	for _, p := range o.op.Parameters {
		if p.Value.In == "query" && (p.Value.Required && !f.chance(8) || f.chance(2)) {
			query.Add(p.Value.Name, fmt.Sprint(f.value(p.Value.Schema, p.Value.Name, 5)))
		}
	}
	if f.chance(12) {
		query.Add(f.text(), f.text())
	}
	raw := query.Encode()
	if f.chance(15) {
		raw += "&" + f.text()
	}
	if raw != "" {
		path += "?" + raw
	}
	return path
}

// token gives a good token, mostly of the wrong role, or a forged one.
func (f *forger) token() string {
	good := pick(f, f.tokens)
	if !f.chance(4) {
		return "Bearer " + good
	}
	parts := strings.Split(good, ".")
	switch f.IntN(8) {
	case 0:
		return "Bearer eyJhbGciOiJub25lIn0." + parts[1] + "."
	case 1:
		return "Bearer " + parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])-4] + "AAAA"
	case 2:
		return "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9." + parts[1] + "." + parts[2]
	case 3:
		return "Bearer " + strings.Repeat("a.", f.IntN(4000))
	case 4:
		return "Basic " + f.text()
	case 5:
		return f.text()
	case 6:
		return "bearer  " + good + " "
	}
	return "Bearer " + pick(f, f.tokens)[:20] + good[20:]
}

// request makes the bytes of a whole request.
func (f *forger) request() []byte {
	o := pick(f, f.operations)
	method := o.method
	if f.chance(20) {
		method = pick(f, []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "\x01", "G T"})
	}
	body, media := f.body(o.op)
	target := f.target(o)
	if !f.chance(25) { // mostly something that net/http reads
		target = strings.Map(func(r rune) rune {
			if r <= ' ' || r == 0x7f {
				return '+'
			}
			return r
		}, target)
	}
	var b strings.Builder
	version := "HTTP/1.1"
	if f.chance(60) {
		// Not "HTTP/9.9" and no foreign transfer encoding: net/http itself answers them with
		// 505 and 501, as RFC 9110 asks, before any code of ours.
		version = pick(f, []string{"HTTP/1.0", "", "HTTP/1.1 x", "http/1.1", "HTTP/1.1\x00"})
	}
	fmt.Fprintf(&b, "%s %s %s\r\n", method, target, version)
	if !f.chance(60) {
		fmt.Fprintf(&b, "Host: %s\r\n", pick(f, []string{"x", "x", "x", "127.0.0.1", "evil.example", "[::1]"}))
	}
	if !f.chance(8) {
		fmt.Fprintf(&b, "Authorization: %s\r\n", oneLine(f.token()))
	}
	if !f.chance(6) {
		fmt.Fprintf(&b, "Idempotency-Key: %s\r\n", pick(f, []string{"k" + fmt.Sprint(f.Uint32()), "same", "", "开", strings.Repeat("k", 65)}))
	}
	if media != "" && !f.chance(15) {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", pick(f, []string{media, media, media, media, "text/plain", media + "; charset=latin1", "application/json; charset=UTF-8", "multipart/form-data", ";"}))
	}
	if f.chance(10) {
		fmt.Fprintf(&b, "%s: %s\r\n", pick(f, []string{"If-None-Match", "Traceparent", "X-Request-Id", "X-Forwarded-For", "Accept", "Range", "Expect", "Content-Encoding",
			"Cookie", "Upgrade", "Origin", "X-HTTP-Method-Override", "Content-Length"}), oneLine(f.text()))
	}
	if f.chance(200) {
		fmt.Fprintf(&b, "X-Huge: %s\r\n", strings.Repeat("h", 40<<10))
	}
	if f.chance(300) {
		body = `{"pass":"` + strings.Repeat("p", 2<<20) + `"}`
	}
	f.frame(&b, body)
	return []byte(b.String())
}

func oneLine(s string) string { return strings.NewReplacer("\r", "", "\n", "").Replace(s) }

// frame ends the head and adds the body, sometimes in odd chunks or with a wrong length.
func (f *forger) frame(b *strings.Builder, body string) {
	switch f.IntN(30) {
	case 0, 1:
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for len(body) > 0 {
			n := min(len(body), 1+f.IntN(50))
			fmt.Fprintf(b, "%x%s\r\n%s\r\n", n, pick(f, []string{"", "", ";ext=1", " "}), body[:n])
			body = body[n:]
		}
		b.WriteString(pick(f, []string{"0\r\n\r\n", "0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "0\r\n", "-1\r\n", "fffffffffffffffff\r\n", "x\r\n"}))
	case 2:
		fmt.Fprintf(b, "Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	case 3:
		fmt.Fprintf(b, "Content-Length: %d\r\n\r\n%s", len(body)+1+f.IntN(10), body) // ends early
	case 4:
		fmt.Fprintf(b, "Content-Length: %s\r\n\r\n%s", pick(f, []string{"-1", "x", "99999999999999999999", "0", "1"}), body)
	default:
		if body != "" {
			fmt.Fprintf(b, "Content-Length: %d\r\n", len(body))
		}
		b.WriteString("\r\n" + body)
	}
}
