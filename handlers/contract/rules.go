package contract

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// fault is a broken rule: its code and a sentence. The zero fault is none.
type fault struct{ code, detail string }

// checkString judges text against the string rules of s.
func (s *schema) checkString(text string) fault {
	if strings.IndexByte(text, 0) >= 0 {
		return fault{"characters", "不能包含空字符。"}
	}
	if s.enum != nil {
		if !slices.Contains(s.enum, text) {
			return fault{"enum", "只能是：" + strings.Join(s.enum, "、") + "。"}
		}
		return fault{}
	}
	if s.minLength > 0 || s.maxLength < math.MaxInt {
		n := utf8.RuneCountInString(text)
		if n < s.minLength {
			if s.minLength == 1 {
				return fault{"min_length", "不能为空。"}
			}
			return fault{"min_length", fmt.Sprintf("至少 %d 个字符。", s.minLength)}
		}
		if n > s.maxLength {
			return fault{"max_length", fmt.Sprintf("至多 %d 个字符。", s.maxLength)}
		}
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		return fault{"pattern", "格式不对，应符合 " + s.pattern.String() + "。"}
	}
	if s.format == "date-time" {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return fault{"format", "应为 RFC 3339 时刻。"}
		}
	}
	return fault{}
}

func (s *schema) checkInteger(n int64) fault {
	if n < s.min {
		return fault{"minimum", fmt.Sprintf("不能小于 %d。", s.min)}
	}
	if n > s.max {
		return fault{"maximum", fmt.Sprintf("不能大于 %d。", s.max)}
	}
	return fault{}
}
