package compliance

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"xinyi/model"
)

// fines compares category, amount and text of a penalty (E09, E10).
func (f *findings) fines(a *Act) {
	r := a.Record
	if r.Kind != model.RecordPenalty {
		return
	}
	fined := slices.Contains(slices.Collect(values(r.Category)), "fine")
	switch {
	case fined && r.FineFen <= 0:
		f.add(FineMismatch, "fineFen", "fine_without_amount", "处罚类别含罚款，请填写罚款金额。")
	case r.FineFen > 0 && r.Category != "" && !fined:
		f.add(FineMismatch, "category", "amount_without_fine", "填写了罚款金额而处罚类别不含罚款，请核对处罚类别。")
	}
	if r.FineFen >= f.SuspiciousFen {
		f.add(UnitSuspicion, "fineFen", "unit_suspected", "罚款金额异常大，请核对单位是元还是万元。")
	} else if said := finesIn(a.Content); r.FineFen > 0 && len(said) > 0 && !slices.Contains(said, r.FineFen) {
		f.add(UnitSuspicion, "fineFen", "text_mismatch", "罚款金额与处罚内容中写明的金额不一致，请核对单位和数值。")
	}
}

const numeral = `([0-9][0-9,，]*(?:\.[0-9]{1,6})?|[零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]+)(万|萬)?([零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]*)(?:元|圆)`

var (
	fineThenAmount = regexp.MustCompile(`罚款(?:金额)?(?:共计|计|为)?[:：]?(?:人民币)?[¥￥]?` + numeral)
	amountThenFine = regexp.MustCompile(numeral + `(?:人民币)?整?的?罚款`)
)

// finesIn gives the fines that a text names, in 分: 罚款2000元, 罚款0.2万元, 处贰仟元罚款.
func finesIn(text string) []int64 {
	if !strings.Contains(text, "罚款") {
		return nil
	}
	text = strings.ReplaceAll(text, " ", "")
	var list []int64
	for _, pattern := range []*regexp.Regexp{fineThenAmount, amountThenFine} {
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			if fen, ok := fenOf(m[1], m[2] != "", m[3]); ok {
				list = append(list, fen)
			}
		}
	}
	return list
}

// fenOf reads an amount: number, 万 or not, what follows 万.
func fenOf(number string, wan bool, rest string) (int64, bool) {
	unit := int64(100)
	if wan {
		unit *= 10_000
	}
	number = strings.NewReplacer(",", "", "，", "").Replace(number)
	if number[0] < '0' || number[0] > '9' {
		n, ok := chineseNumber(number)
		more, moreOK := chineseNumber(rest)
		return n*unit + more*100, ok && moreOK
	}
	whole, fraction, _ := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > 1e12 || rest != "" {
		return 0, false
	}
	fen := n * unit
	for _, digit := range fraction {
		unit /= 10
		fen += int64(digit-'0') * unit
	}
	return fen, true
}

// chineseNumber reads numerals below 万, such as 贰仟伍佰 or 十五; "" is 0.
func chineseNumber(s string) (n int64, ok bool) {
	digit := int64(0)
	for _, r := range s {
		if at := strings.IndexRune("零一二三四五六七八九", r); at >= 0 {
			digit = int64(at / len("零"))
			continue
		}
		if at := strings.IndexRune("〇壹贰叁肆伍陆柒捌玖", r); at >= 0 {
			digit = int64(at / len("零"))
			continue
		}
		unit := map[rune]int64{'十': 10, '拾': 10, '百': 100, '佰': 100, '千': 1000, '仟': 1000}[r]
		switch {
		case r == '两':
			digit = 2
		case unit == 0:
			return 0, false
		default:
			n += max(digit, 1) * unit
			digit = 0
		}
	}
	return n + digit, true
}
