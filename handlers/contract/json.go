package contract

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"xinyi/model"
)

const (
	maxDepth  = 32
	maxFaults = 20
)

// CheckBody judges a JSON body. Empty is fine where the body is optional.
func (o *Operation) CheckBody(body []byte) []model.FieldError {
	if o.body == nil {
		return nil
	}
	if len(body) == 0 {
		if o.bodyRequired {
			return []model.FieldError{{Pointer: "", Code: "required", Detail: "缺少请求正文。"}}
		}
		return nil
	}
	if !utf8.Valid(body) {
		return []model.FieldError{{Pointer: "", Code: "utf8", Detail: "正文不是有效的 UTF-8。"}}
	}
	r := reader{data: body}
	r.space()
	r.value(o.body, 0)
	r.space()
	if !r.broken && r.at < len(r.data) {
		r.syntax("正文后有多余内容")
	}
	return r.faults
}

// reader walks a JSON text once. After a syntax fault it stops.
type reader struct {
	data   []byte
	at     int
	path   []string
	faults []model.FieldError
	broken bool
}

func (r *reader) syntax(what string) {
	if r.broken {
		return
	}
	r.broken = true
	r.faults = append(r.faults, model.FieldError{Pointer: "", Code: "json_syntax", Detail: fmt.Sprintf("%s（第 %d 字节附近）。", what, r.at+1)})
}

func (r *reader) fault(code, detail string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, model.FieldError{Pointer: r.pointer(), Code: code, Detail: detail})
	}
}

func (r *reader) pointer() string {
	if len(r.path) == 0 {
		return ""
	}
	return "/" + strings.Join(r.path, "/")
}

func (r *reader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) peek() byte {
	if r.at < len(r.data) {
		return r.data[r.at]
	}
	return 0
}

// value reads one value; s nil = any value, syntax only.
func (r *reader) value(s *schema, depth int) {
	if depth > maxDepth {
		r.syntax("嵌套太深")
		return
	}
	switch c := r.peek(); {
	case c == '{':
		if r.fits(s, kindObject) {
			r.object(s, depth)
		} else {
			r.object(nil, depth)
		}
	case c == '[':
		if r.fits(s, kindArray) {
			r.array(s, depth)
		} else {
			r.array(nil, depth)
		}
	case c == '"':
		text := r.text()
		if s != nil && !r.broken && r.fits(s, kindString) {
			if f := s.checkString(text); f.code != "" {
				r.fault(f.code, f.detail)
			}
		}
	case c == '-' || c >= '0' && c <= '9':
		r.number(s)
	case c == 't' && r.word("true"), c == 'f' && r.word("false"):
		r.fits(s, kindBoolean)
	case c == 'n' && r.word("null"):
		if s != nil && !s.nullable {
			r.fault("null", "不能为 null。")
		}
	default:
		r.syntax("JSON 语法有误")
	}
}

var typeNames = map[kind]string{kindString: "应为字符串。", kindInteger: "应为整数。", kindBoolean: "应为 true 或 false。", kindArray: "应为数组。", kindObject: "应为对象。"}

// fits reports whether a value of kind got belongs here; else it notes what is wanted.
func (r *reader) fits(s *schema, got kind) bool {
	if s == nil {
		return false
	}
	if s.kind != got {
		r.fault("type", typeNames[s.kind])
		return false
	}
	return true
}

func (r *reader) word(w string) bool {
	if strings.HasPrefix(string(r.data[r.at:min(len(r.data), r.at+len(w))]), w) {
		r.at += len(w)
		return true
	}
	return false
}

// text reads a string token and gives its value.
func (r *reader) text() string {
	start, escaped := r.at, false
	for r.at++; r.at < len(r.data); r.at++ {
		switch c := r.data[r.at]; {
		case c == '"':
			r.at++
			if !escaped {
				return string(r.data[start+1 : r.at-1])
			}
			var text string
			if json.Unmarshal(r.data[start:r.at], &text) != nil {
				r.syntax("字符串的转义有误")
			}
			return text
		case c == '\\':
			escaped = true
			r.at++
		case c < ' ':
			r.syntax("字符串中有控制字符")
			return ""
		}
	}
	r.at = len(r.data)
	r.syntax("字符串没有结束")
	return ""
}

func (r *reader) number(s *schema) {
	start := r.at
	for r.at < len(r.data) && strings.IndexByte("+-.0123456789eE", r.data[r.at]) >= 0 {
		r.at++
	}
	token := r.data[start:r.at]
	if !json.Valid(token) {
		r.syntax("数字的写法有误")
		return
	}
	if !r.fits(s, kindInteger) {
		return
	}
	n, err := strconv.ParseInt(string(token), 10, 64)
	if err != nil {
		r.fault("integer", "应为 64 位整数，不带小数和指数。")
		return
	}
	if f := s.checkInteger(n); f.code != "" {
		r.fault(f.code, f.detail)
	}
}

func (r *reader) array(s *schema, depth int) {
	var inner *schema
	var seen map[string]bool
	if s != nil {
		inner = s.items
		if s.unique {
			seen = map[string]bool{}
		}
	}
	r.at++
	r.space()
	count := 0
	for r.peek() != ']' {
		if count > 0 && !r.comma() {
			return
		}
		start := r.at
		r.path = append(r.path, strconv.Itoa(count))
		r.value(inner, depth+1)
		if r.broken {
			return
		}
		if seen != nil {
			if token := string(r.data[start:r.at]); seen[token] {
				r.fault("unique", "重复了。")
			} else {
				seen[token] = true
			}
		}
		r.path = r.path[:len(r.path)-1]
		count++
		r.space()
	}
	r.at++
	if s == nil {
		return
	}
	if count < s.minItems {
		r.fault("min_items", fmt.Sprintf("至少 %d 项。", s.minItems))
	}
	if count > s.maxItems {
		r.fault("max_items", fmt.Sprintf("至多 %d 项。", s.maxItems))
	}
}

func (r *reader) comma() bool {
	if r.peek() != ',' {
		r.syntax("缺少逗号或结束符")
		return false
	}
	r.at++
	r.space()
	return true
}

func (r *reader) object(s *schema, depth int) {
	var given uint64
	var names map[string]bool // of an object without schema
	r.at++
	r.space()
	for first := true; r.peek() != '}'; first = false {
		if !first && !r.comma() {
			return
		}
		if r.peek() != '"' {
			r.syntax("缺少属性名")
			return
		}
		name := r.text()
		r.space()
		if r.peek() != ':' {
			r.syntax("属性名后缺少冒号")
			return
		}
		r.at++
		r.space()
		inner := r.property(s, name, &given, &names)
		r.path = append(r.path, safeName(name))
		r.value(inner, depth+1)
		if r.broken {
			return
		}
		r.path = r.path[:len(r.path)-1]
		r.space()
	}
	r.at++
	if s != nil {
		r.complete(s, given)
	}
}

// property finds the schema of a name and notes names that are unknown or repeated.
func (r *reader) property(s *schema, name string, given *uint64, names *map[string]bool) *schema {
	if s == nil {
		if (*names)[name] {
			r.fault("repeated", "同名属性只能出现一次。")
		}
		if *names == nil {
			*names = map[string]bool{}
		}
		(*names)[name] = true
		return nil
	}
	i, ok := s.byName[name]
	if !ok {
		r.path = append(r.path, safeName(name))
		r.fault("unknown_property", "没有这个属性。")
		r.path = r.path[:len(r.path)-1]
		return nil
	}
	if *given&(1<<i) != 0 {
		r.path = append(r.path, name)
		r.fault("repeated", "同名属性只能出现一次。")
		r.path = r.path[:len(r.path)-1]
	}
	*given |= 1 << i
	return s.properties[i].schema
}

func (r *reader) complete(s *schema, given uint64) {
	for missing := s.required &^ given; missing != 0; missing &= missing - 1 {
		r.path = append(r.path, s.properties[bits.TrailingZeros64(missing)].name)
		r.fault("required", "必须提供。")
		r.path = r.path[:len(r.path)-1]
	}
	if n := bits.OnesCount64(given); n < s.minProps {
		r.fault("min_properties", fmt.Sprintf("至少提供 %d 个属性。", s.minProps))
	} else if n > s.maxProps {
		r.fault("max_properties", fmt.Sprintf("至多提供 %d 个属性。", s.maxProps))
	}
}
