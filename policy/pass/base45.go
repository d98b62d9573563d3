package pass

import "errors"

// base45 (RFC 9285) writes two bytes as three characters of the alphanumeric mode of QR
// codes. Every text has at most one meaning: what does not fit its group is refused.
const base45Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

var base45Values = func() (v [256]int8) {
	for i := range v {
		v[i] = -1
	}
	for i, c := range []byte(base45Alphabet) {
		v[c] = int8(i)
	}
	return v
}()

var errBase45 = errors.New("pass: not base45")

// base45Len is the length of n bytes in base45.
func base45Len(n int) int { return n/2*3 + n%2*2 }

func appendBase45(dst, src []byte) []byte {
	for ; len(src) >= 2; src = src[2:] {
		n := int(src[0])<<8 | int(src[1])
		dst = append(dst, base45Alphabet[n%45], base45Alphabet[n/45%45], base45Alphabet[n/(45*45)])
	}
	if len(src) == 1 {
		dst = append(dst, base45Alphabet[src[0]%45], base45Alphabet[src[0]/45])
	}
	return dst
}

func decodeBase45(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, errBase45
	}
	out := make([]byte, 0, len(text)/3*2+1)
	for len(text) > 0 {
		size := min(3, len(text))
		n, weight := 0, 1
		for _, c := range []byte(text[:size]) {
			v := base45Values[c]
			if v < 0 {
				return nil, errBase45
			}
			n += int(v) * weight
			weight *= 45
		}
		text = text[size:]
		switch {
		case size == 3 && n <= 0xffff:
			out = append(out, byte(n>>8), byte(n))
		case size == 2 && n <= 0xff:
			out = append(out, byte(n))
		default:
			return nil, errBase45
		}
	}
	return out, nil
}
