package search

import (
	"math/bits"

	"github.com/mozillazg/go-pinyin"
)

// Symbols of initials: the start of a text, letters, digits.
const (
	symStart = 0
	symA     = 1
	sym0     = symA + 26
	symbols  = sym0 + 10
)

// maxReadings bounds the initials kept of a character with several readings (多音字).
const maxReadings = 3

// initials remembers the mask of each character met: one bit per symbol it can be
// typed as. 行 has X and H.
type initials map[rune]uint64

func (m initials) of(r rune) uint64 {
	if mask, ok := m[r]; ok {
		return mask
	}
	mask := uint64(0)
	if s := symbolOf(r); s > 0 {
		mask = 1 << s
	} else {
		for _, reading := range pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.FirstLetter, Heteronym: true}) {
			if reading == "" || bits.OnesCount64(mask) >= maxReadings {
				continue
			}
			if s := symbolOf(foldRune(rune(reading[0]))); s > 0 {
				mask |= 1 << s
			}
		}
	}
	m[r] = mask
	return mask
}

// symbolOf gives the symbol of a folded letter or digit, 0 for anything else.
func symbolOf(r rune) int {
	switch {
	case 'A' <= r && r <= 'Z':
		return symA + int(r-'A')
	case '0' <= r && r <= '9':
		return sym0 + int(r-'0')
	}
	return 0
}
