package model

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaskName shows a person's name as its first character and "*" (王小明 → 王*),
// whatever its length, so that the mask does not tell how long the name is. ""
// stays "".
func MaskName(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return ""
	}
	_, n := utf8.DecodeRuneInString(name)
	return name[:n] + "*"
}

// MaskPhone shows the first three and last four digits of a phone number
// (138****1234); a number shorter than eleven characters shows nothing.
func MaskPhone(phone string) string {
	if phone == "" {
		return ""
	}
	if len(phone) < 11 {
		return "****"
	}
	return maskMiddle(phone, 3, 4)
}

// maskMiddle keeps head and tail bytes of an ASCII identifier and stars the rest;
// a value too short to hide anything becomes stars altogether.
func maskMiddle(s string, head, tail int) string {
	if s == "" {
		return ""
	}
	if len(s) < head+tail+2 {
		return strings.Repeat("*", len(s))
	}
	return s[:head] + strings.Repeat("*", len(s)-head-tail) + s[len(s)-tail:]
}

// formatMasked answers every fmt verb with the mask, so that not even %x or %d
// reaches the clear value.
func formatMasked(f fmt.State, verb rune, typeName, masked string) {
	switch {
	case verb == 'v' && f.Flag('#'):
		fmt.Fprintf(f, "%s(%s)", typeName, masked)
	case verb == 'v', verb == 's', verb == 'q':
		fmt.Fprintf(f, fmt.FormatString(f, verb), masked)
	default:
		fmt.Fprint(f, masked)
	}
}
