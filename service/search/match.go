package search

// oneEdit reports whether a and b are exactly one edit apart: a wrong, missing, extra
// or transposed character.
func oneEdit(a, b []rune) bool {
	if len(a) < minTypo || len(a)-len(b) > 1 || len(b)-len(a) > 1 {
		return false
	}
	head, tail := commonEnds(a, b)
	switch restA, restB := len(a)-head-tail, len(b)-head-tail; {
	case restA+restB == 0:
		return false
	case restA <= 1 && restB <= 1:
		return true
	case restA == 2 && restB == 2:
		return a[head] == b[head+1] && a[head+1] == b[head]
	}
	return false
}

// commonEnds gives how many characters a and b share from the start and, of what is
// left, from the end.
func commonEnds(a, b []rune) (head, tail int) {
	n := min(len(a), len(b))
	for head < n && a[head] == b[head] {
		head++
	}
	for tail < n-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head, tail
}

// oneEditInside reports whether q is one edit away from a part of text.
func oneEditInside(q, text []rune) bool {
	_, _, ok := editInside(q, text)
	return ok
}

// editInside gives the part of text that q is one edit away from.
func editInside(q, text []rune) (from, to int, ok bool) {
	if len(q) < minTypo {
		return 0, 0, false
	}
	for from := range text {
		if n := oneEditPrefix(len(q), len(text)-from, func(i, j int) bool { return q[i] == text[from+j] }); n >= 0 {
			return from, from + n, true
		}
	}
	return 0, 0, false
}

// oneEditInitials reports whether the symbols are one edit away from the first
// initials of a name.
func oneEditInitials(q []int, masks []uint64) bool {
	return len(q) >= minTypo && oneEditPrefix(len(q), len(masks), func(i, j int) bool { return masks[j]&(1<<q[i]) != 0 }) >= 0
}

// oneEditPrefix tells how many characters of a text of m a query of n takes when it
// is one edit away from the start of it; -1 if it is not. same compares a character
// of the query with one of the text.
func oneEditPrefix(n, m int, same func(i, j int) bool) int {
	at := 0
	for at < n && at < m && same(at, at) {
		at++
	}
	// rest: the query from i on is what the text has from j on.
	rest := func(i, j int) bool {
		for ; i < n; i, j = i+1, j+1 {
			if j >= m || !same(i, j) {
				return false
			}
		}
		return true
	}
	switch {
	case at == n:
		return n // nothing wrong, where a mistake is looked for: counts as found
	case at < m && rest(at+1, at+1): // wrong
		return n
	case rest(at, at+1): // missing
		return n + 1
	case rest(at+1, at): // extra
		return n - 1
	case at+1 < n && at+1 < m && same(at, at+1) && same(at+1, at) && rest(at+2, at+2): // transposed
		return n
	}
	return -1
}

// initialsAt gives where the symbols stand in the initials of a name, -1 for nowhere.
func initialsAt(q []int, masks []uint64) int {
next:
	for from := 0; from+len(q) <= len(masks); from++ {
		for i, sym := range q {
			if masks[from+i]&(1<<sym) == 0 {
				continue next
			}
		}
		return from
	}
	return -1
}

// codeVariants calls try with every code one edit away from code, in a buffer that is
// used again.
func codeVariants(code string, try func(variant []byte)) {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	var buf [codeLen + 1]byte
	switch len(code) {
	case codeLen: // wrong or transposed
		b := buf[:copy(buf[:], code)]
		for i := range b {
			for j := range len(alphabet) {
				if b[i] = alphabet[j]; b[i] != code[i] {
					try(b)
				}
			}
			b[i] = code[i]
		}
		for i := 1; i < len(b); i++ {
			if b[i] != b[i-1] {
				b[i], b[i-1] = b[i-1], b[i]
				try(b)
				b[i], b[i-1] = b[i-1], b[i]
			}
		}
	case codeLen - 1: // missing
		for i := 0; i <= len(code); i++ {
			copy(buf[:], code[:i])
			copy(buf[i+1:], code[i:])
			for j := range len(alphabet) {
				buf[i] = alphabet[j]
				try(buf[:codeLen])
			}
		}
	case codeLen + 1: // extra
		for i := range len(code) {
			copy(buf[:], code[:i])
			copy(buf[i:], code[i+1:])
			try(buf[:codeLen])
		}
	}
}
