package model

import (
	_ "embed" // the table of divisions
	"strings"
)

// divisions is one line per division, ordered by code: code, name and, for one that
// no longer exists, "-", apart by tabs.
//
// Source: the public codes of GB/T 2260 (国家标准 行政区划代码) and the yearly lists of 民政部,
// 1980–2024 (two transcriptions compared; a code that changed hands has its last name).
// Nine-digit towns and streets (GB/T 10114) of the three districts served: 410203,
// 410503, 410425. 830000 stands in residence permits only.
//
//go:embed divisions.tsv
var divisions string

// Division is 行政区划 of six digits (province, prefecture, county) or nine (town, street).
type Division struct {
	Code string
	// Name is its own name, without those above it.
	Name string
	// Current is false for a division that was abolished or renumbered.
	Current bool
}

// LookupDivision finds a division, current or historical.
func LookupDivision(code string) (Division, bool) {
	line, ok := divisionLine(code)
	if !ok {
		return Division{}, false
	}
	name, mark, _ := strings.Cut(line[len(code)+1:], "\t")
	return Division{Code: code, Name: name, Current: mark == ""}, true
}

// KnownDivision reports whether the code is or was a division's. It does not allocate.
func KnownDivision(code string) bool {
	_, ok := divisionLine(code)
	return ok
}

// DivisionsUnder lists the current divisions one step below a six-digit code, by code:
// prefectures of a province, counties of a prefecture, towns of a county.
func DivisionsUnder(code string) []Division {
	if len(code) != 6 || !isDigits(code) {
		return nil
	}
	prefix, tail := code, ""
	switch {
	case code[2:] == "0000":
		prefix, tail = code[:2], "00"
	case code[4:] == "00":
		prefix = code[:4]
	}
	var out []Division
	for line := range strings.Lines(divisions[divisionAt(prefix):]) {
		c, _, _ := strings.Cut(line, "\t")
		if !strings.HasPrefix(c, prefix) {
			break
		}
		if c == code || len(prefix) < 6 && len(c) != 6 || !strings.HasSuffix(c, tail) {
			continue
		}
		if d, _ := LookupDivision(c); d.Current {
			out = append(out, d)
		}
	}
	return out
}

// FullName joins the names from the province down, such as 河南省开封市顺河回族区清平街道.
func (d Division) FullName() string {
	var b strings.Builder
	for _, n := range [...]int{2, 4, 6, 9} {
		if n > len(d.Code) {
			break
		}
		code := d.Code[:n] + "0000"[:max(0, 6-n)]
		up, ok := LookupDivision(code)
		// 市辖区, 县 and 省直辖县 are steps of the numbering, not names.
		if ok && !(n == 4 && (up.Name == "县" || strings.Contains(up.Name, "辖"))) {
			b.WriteString(up.Name)
		}
		if code == d.Code {
			break
		}
	}
	return b.String()
}

// divisionLine gives the line of a code, without its end.
func divisionLine(code string) (string, bool) {
	if len(code) != 6 && len(code) != 9 {
		return "", false
	}
	rest := divisions[divisionAt(code):]
	if !strings.HasPrefix(rest, code) || rest[len(code)] != '\t' {
		return "", false
	}
	return rest[:strings.IndexByte(rest, '\n')], true
}

// divisionAt gives where the first line with a code not below code starts: a binary
// search over the embedded text, so that nothing is built at start.
func divisionAt(code string) int {
	lo, hi := 0, len(divisions)
	for lo < hi {
		mid := (lo + hi) / 2
		start := strings.LastIndexByte(divisions[:mid], '\n') + 1
		end := start + strings.IndexByte(divisions[start:], '\n') + 1
		if c, _, _ := strings.Cut(divisions[start:end], "\t"); c < code {
			lo = end
		} else {
			hi = start
		}
	}
	return lo
}
