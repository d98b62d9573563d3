package ingest

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// Bounds on one piece of XML, so that no file takes more memory than these.
const (
	maxXMLName  = 256
	maxXMLValue = 64 << 10
	maxXMLAttrs = 64
	xmlPiece    = 4 << 10 // text is handed out in pieces of about this size
)

// errXML is XML that is malformed, or uses what spreadsheets never do.
var errXML = errors.New("ingest: malformed XML")

type xmlKind uint8

const (
	xmlStart xmlKind = iota + 1
	xmlEnd
	xmlText
)

// xmlScanner reads the plain XML of spreadsheets token by token in constant memory, which
// encoding/xml does not: it holds a text or an attribute whole, whatever its size. It
// knows elements, attributes, text, CDATA and the predefined entities, passes over
// comments and instructions, refuses document types, and leaves nesting to its caller.
type xmlScanner struct {
	in  io.Reader
	buf []byte
	at  int
	end int
	err error

	// name is the local name of the last start or end; text that of the last text.
	name, text []byte
	attrs      []xmlAttr
	used       int
	closing    bool // the last start was empty: its end comes next
	cdata      bool
}

type xmlAttr struct{ name, value []byte }

func newXMLScanner(in io.Reader) *xmlScanner {
	return &xmlScanner{in: in, buf: make([]byte, 64<<10)}
}

// attr gives an attribute of the last start; nil when absent.
func (x *xmlScanner) attr(name string) []byte {
	for i := range x.used {
		if string(x.attrs[i].name) == name {
			return x.attrs[i].value
		}
	}
	return nil
}

func (x *xmlScanner) peek() (byte, bool) {
	for x.at == x.end {
		if x.err != nil {
			return 0, false
		}
		var n int
		n, x.err = x.in.Read(x.buf)
		x.at, x.end = 0, n
	}
	return x.buf[x.at], true
}

func (x *xmlScanner) read() (byte, bool) {
	c, ok := x.peek()
	if ok {
		x.at++
	}
	return c, ok
}

// cut is why a token could not be ended.
func (x *xmlScanner) cut() error {
	if x.err == nil || errors.Is(x.err, io.EOF) {
		return errXML
	}
	return x.err
}

// next gives the next token; io.EOF between tokens at the end.
func (x *xmlScanner) next() (xmlKind, error) {
	if x.closing {
		x.closing = false
		return xmlEnd, nil
	}
	for {
		if x.cdata {
			if kind, err := x.section(); kind != 0 || err != nil {
				return kind, err
			}
			continue
		}
		c, ok := x.peek()
		if !ok {
			return 0, x.err
		}
		if c != '<' {
			return xmlText, x.chars()
		}
		x.at++
		c, ok = x.peek()
		switch {
		case !ok:
			return 0, x.cut()
		case c == '/':
			x.at++
			return xmlEnd, x.endTag()
		case c == '?':
			if err := x.until("?>"); err != nil {
				return 0, err
			}
		case c == '!':
			x.at++
			if err := x.bang(); err != nil {
				return 0, err
			}
		default:
			return xmlStart, x.startTag()
		}
	}
}

// bang reads what follows "<!": a comment or the head of a CDATA section.
func (x *xmlScanner) bang() error {
	if c, _ := x.peek(); c == '-' {
		if !x.literal("--") {
			return x.cut()
		}
		return x.until("-->")
	}
	x.cdata = x.literal("[CDATA[")
	if !x.cdata { // a document type could define entities
		return x.cut()
	}
	return nil
}

func (x *xmlScanner) literal(s string) bool {
	for i := range len(s) {
		if c, ok := x.read(); !ok || c != s[i] {
			return false
		}
	}
	return true
}

func (x *xmlScanner) until(end string) error {
	var window [3]byte
	for {
		c, ok := x.read()
		if !ok {
			return x.cut()
		}
		window[0], window[1], window[2] = window[1], window[2], c
		if bytes.HasSuffix(window[:], []byte(end)) {
			return nil
		}
	}
}

// section reads a piece of CDATA; kind 0 when it ended without one.
func (x *xmlScanner) section() (xmlKind, error) {
	x.text = x.text[:0]
	for len(x.text) < xmlPiece || x.text[len(x.text)-1] == ']' {
		c, ok := x.read()
		if !ok || len(x.text) > maxXMLValue {
			return 0, x.cut()
		}
		x.text = append(x.text, c)
		if rest, ended := bytes.CutSuffix(x.text, []byte("]]>")); ended {
			x.text, x.cdata = rest, false
			break
		}
	}
	if len(x.text) == 0 {
		return 0, nil
	}
	return xmlText, nil
}

// chars reads a piece of text up to the next tag, entities resolved.
func (x *xmlScanner) chars() error {
	x.text = x.text[:0]
	for len(x.text) < xmlPiece {
		if _, ok := x.peek(); !ok {
			if errors.Is(x.err, io.EOF) {
				return nil
			}
			return x.err
		}
		run := x.buf[x.at:x.end]
		stop := bytes.IndexAny(run, "<&")
		if stop < 0 {
			stop = len(run)
		}
		x.text = append(x.text, run[:stop]...)
		x.at += stop
		if stop == len(run) {
			continue
		}
		if run[stop] == '<' {
			return nil
		}
		var err error
		if x.text, err = x.entity(x.text); err != nil {
			return err
		}
	}
	return nil
}

var xmlEntities = map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

// entity appends what "&…;" stands for.
func (x *xmlScanner) entity(to []byte) ([]byte, error) {
	var name []byte
	x.at++
	for {
		c, ok := x.read()
		if !ok || len(name) > 12 {
			return to, x.cut()
		}
		if c == ';' {
			break
		}
		name = append(name, c)
	}
	if r, ok := xmlEntities[string(name)]; ok {
		return utf8.AppendRune(to, r), nil
	}
	digits, numeric := bytes.CutPrefix(name, []byte("#"))
	base := 10
	if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(string(digits), base, 21)
	if !numeric || err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return to, errXML
	}
	return utf8.AppendRune(to, rune(n)), nil
}

// tagName reads a name and drops its namespace prefix.
func (x *xmlScanner) tagName(to []byte) ([]byte, error) {
	to = to[:0]
	for {
		c, ok := x.peek()
		if !ok || len(to) > maxXMLName {
			return to, x.cut()
		}
		switch c {
		case ' ', '\t', '\n', '\r', '/', '>', '=', '<', '"', '\'':
			if len(to) == 0 {
				return to, errXML
			}
			return to, nil
		case ':':
			to = to[:0]
		default:
			to = append(to, c)
		}
		x.at++
	}
}

func (x *xmlScanner) space() (byte, bool) {
	for {
		c, ok := x.peek()
		if !ok || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, ok
		}
		x.at++
	}
}

func (x *xmlScanner) endTag() (err error) {
	if x.name, err = x.tagName(x.name); err != nil {
		return err
	}
	if c, ok := x.space(); !ok || c != '>' {
		return x.cut()
	}
	x.at++
	return nil
}

func (x *xmlScanner) startTag() (err error) {
	x.used = 0
	if x.name, err = x.tagName(x.name); err != nil {
		return err
	}
	for {
		c, ok := x.space()
		switch {
		case !ok:
			return x.cut()
		case c == '>':
			x.at++
			return nil
		case c == '/':
			x.at++
			if c, ok = x.read(); !ok || c != '>' {
				return x.cut()
			}
			x.closing = true
			return nil
		}
		if err = x.attribute(); err != nil {
			return err
		}
	}
}

func (x *xmlScanner) attribute() (err error) {
	if x.used == maxXMLAttrs {
		return errXML
	}
	if x.used == len(x.attrs) {
		x.attrs = append(x.attrs, xmlAttr{})
	}
	a := &x.attrs[x.used]
	x.used++
	if a.name, err = x.tagName(a.name); err != nil {
		return err
	}
	if c, ok := x.space(); !ok || c != '=' {
		return x.cut()
	}
	x.at++
	quote, ok := x.space()
	if !ok || quote != '"' && quote != '\'' {
		return x.cut()
	}
	x.at++
	a.value = a.value[:0]
	for {
		c, ok := x.peek()
		switch {
		case !ok || len(a.value) > maxXMLValue || c == '<':
			return x.cut()
		case c == quote:
			x.at++
			return nil
		case c == '&':
			if a.value, err = x.entity(a.value); err != nil {
				return err
			}
		default:
			a.value = append(a.value, c)
			x.at++
		}
	}
}
