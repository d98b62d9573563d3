package quality

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
	"xinyi/policy/quality"
)

// unitsMost bounds the units of a bulletin or a chart: a city has some dozens.
const unitsMost = 1000

// charted are the figures that the bulletin shows as charts.
var charted = []string{"late_rate", "compliance_rate", "error_rate", "public_share"}

// All gives the figures of the area and of every unit, or of the caller's unit.
func (s *Service) All(ctx context.Context, p model.Principal, period string) (Table, error) {
	return s.Table(ctx, p, "", period, "", unitsMost)
}

// Bulletin writes the bulletin (通报) of a period as a workbook: the table of all figures,
// one sheet of rates by unit with charts, and the definitions.
func (s *Service) Bulletin(ctx context.Context, p model.Principal, period string, to io.Writer) error {
	t, err := s.All(ctx, p, period)
	if err != nil {
		return err
	}
	_, rules, err := s.period(period)
	if err != nil {
		return err
	}
	b := &book{f: excelize.NewFile()}
	defer b.f.Close()
	b.overview(t, rules)
	b.units(t)
	b.definitions(t)
	if b.err == nil {
		_, b.err = b.f.WriteTo(to)
	}
	return model.Wrap(b.err, model.CodeInternal, "")
}

const (
	overviewSheet, unitSheet, definitionSheet = "通报", "分单位", "口径"
)

// book is a workbook being written; the first error stays.
type book struct {
	f   *excelize.File
	err error
}

func (b *book) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

// row writes cells: texts, whole numbers, or decimals as texts that are numbers.
func (b *book) row(sheet string, n int, cells ...any) {
	for i, cell := range cells {
		name, err := excelize.CoordinatesToCellName(i+1, n)
		b.do(err)
		switch v := cell.(type) {
		case string:
			b.do(b.f.SetCellStr(sheet, name, plain(v)))
		default:
			b.do(b.f.SetCellValue(sheet, name, v))
		}
	}
}

// plain keeps a text from being read as a formula, also after it was saved as CSV.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// number gives a decimal as a number; the empty text for none.
func number(s string) any {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return ""
	}
	return v
}

func whole(n *int64) any {
	if n == nil {
		return ""
	}
	return *n
}

func (b *book) overview(t Table, rules *quality.Rules) {
	b.do(b.f.SetSheetName("Sheet1", overviewSheet))
	b.row(overviewSheet, 1, t.Title+"通报（"+t.Period.Text+"）")
	b.row(overviewSheet, 2, "单位", "统一社会信用代码", "指标", "分子", "分母", "数值", "上期", "目标", "达标", "缺少的台账数")
	n := 3
	for _, u := range t.Units {
		code := u.Unit
		if code == model.QualityArea {
			code = ""
		}
		for _, f := range u.Figures {
			met := "—"
			if f.Met != nil {
				met = map[bool]string{true: "是", false: "否"}[*f.Met]
			}
			if f.Concern {
				met += "（重点关注）"
			}
			b.row(overviewSheet, n, u.Name, code, f.Name, whole(f.Numerator), whole(f.Denominator), number(f.Value), number(f.Previous), TargetText(f.KPI), met, namesOf(rules, f.Missing))
			n++
		}
	}
	b.do(b.f.SetColWidth(overviewSheet, "A", "C", 26))
}

// namesOf names entered numbers for people.
func namesOf(rules *quality.Rules, keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		e, _ := rules.Entered(key)
		names[i] = cmp.Or(e.Name, key)
	}
	return strings.Join(names, "、")
}

// units is one line for each unit and one column for each charted figure.
func (b *book) units(t Table) {
	_, err := b.f.NewSheet(unitSheet)
	b.do(err)
	header := []any{"单位"}
	for _, key := range charted {
		header = append(header, nameOf(t, key))
	}
	b.row(unitSheet, 1, header...)
	for i, u := range t.Units {
		cells := []any{u.Name}
		for _, key := range charted {
			cells = append(cells, number(valueOf(u, key)))
		}
		b.row(unitSheet, i+2, cells...)
	}
	b.do(b.f.SetColWidth(unitSheet, "A", "A", 26))
	last := strconv.Itoa(len(t.Units) + 1)
	for i := range charted {
		column, err := excelize.ColumnNumberToName(i + 2)
		b.do(err)
		at := "G" + strconv.Itoa(2+i*18)
		b.do(b.f.AddChart(unitSheet, at, &excelize.Chart{Type: excelize.Bar,
			Series: []excelize.ChartSeries{{Name: unitSheet + "!$" + column + "$1", Categories: unitSheet + "!$A$2:$A$" + last,
				Values: unitSheet + "!$" + column + "$2:$" + column + "$" + last}},
			Title:  []excelize.RichTextRun{{Text: nameOf(t, charted[i]) + "（%）"}},
			Legend: excelize.ChartLegend{Position: "none"}, Dimension: excelize.ChartDimension{Width: 640, Height: 320}}))
	}
}

func (b *book) definitions(t Table) {
	_, err := b.f.NewSheet(definitionSheet)
	b.do(err)
	b.row(definitionSheet, 1, "指标", "公式", "目标", "出处", "定义版本 "+t.Version)
	if len(t.Units) == 0 {
		return
	}
	for i, f := range t.Units[0].Figures {
		b.row(definitionSheet, i+2, f.Name, f.Formula, TargetText(f.KPI), f.Source)
	}
	b.do(b.f.SetColWidth(definitionSheet, "A", "B", 48))
}

func valueOf(u UnitFigures, key string) string {
	for _, f := range u.Figures {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

func nameOf(t Table, key string) string {
	for _, u := range t.Units {
		for _, f := range u.Figures {
			if f.Key == key {
				return f.Name
			}
		}
	}
	return key
}

// TargetText says a target in words; "" where there is none.
func TargetText(k quality.KPI) string {
	switch {
	case k.Trend == "rising":
		return "逐期上升"
	case k.Trend == "falling":
		return "逐期下降"
	case k.Target == nil:
		return ""
	}
	unit := ""
	if k.Measure == quality.Percent {
		unit = "%"
	}
	return map[string]string{"ge": "≥", "gt": "＞", "le": "≤", "lt": "＜"}[k.Target.Op] + strconv.FormatInt(k.Target.Value, 10) + unit
}
