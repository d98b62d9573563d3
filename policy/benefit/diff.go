package benefit

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"xinyi/model"
)

// Difference is one thing in which two versions of a rule differ (版本差异).
type Difference struct {
	// Path names it as in the rule file; conditions by their id, parameters by name and day:
	// per.day, conditions.level.cel, parameters.levels.2026-04-01.value.
	Path string
	// Label says what it is.
	Label string
	// Before and After are its values; nil = not there. What a file leaves out is not there.
	Before, After *string
}

// Diff gives what differs from one version to another, in the order of the rule file. The
// order of conditions says nothing, and is no difference.
func Diff(before, after *Definition) ([]Difference, error) {
	was, err := leaves(before)
	if err != nil {
		return nil, err
	}
	is, err := leaves(after)
	if err != nil {
		return nil, err
	}
	out := []Difference{}
	for _, l := range is {
		if old := find(was, l.path); old == nil || *old != l.value {
			out = append(out, Difference{Path: l.path, Label: label(l.path), Before: old, After: &l.value})
		}
	}
	for _, l := range was {
		if find(is, l.path) == nil {
			out = append(out, Difference{Path: l.path, Label: label(l.path), Before: &l.value})
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return place(a.Path) - place(b.Path) })
	return out, nil
}

// leaf is a value of a rule file with its path.
type leaf struct{ path, value string }

func find(all []leaf, path string) *string {
	for i := range all {
		if all[i].path == path {
			return &all[i].value
		}
	}
	return nil
}

func leaves(d *Definition) (out []leaf, err error) {
	if d == nil {
		return nil, nil
	}
	var doc yaml.Node
	raw, err := yaml.Marshal(d)
	if err == nil {
		err = yaml.Unmarshal(raw, &doc)
	}
	if err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "")
	}
	walk("", doc.Content[0], &out)
	return out, nil
}

// walk gathers the leaves of a node, without what says nothing: "", 0, false and null.
func walk(path string, n *yaml.Node, out *[]leaf) {
	under := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			walk(under(n.Content[i].Value), n.Content[i+1], out)
		}
	case yaml.SequenceNode:
		var texts []string
		for _, e := range n.Content {
			if key := keyOf(e); key != "" {
				walk(under(key), e, out)
				continue
			}
			texts = append(texts, e.Value)
		}
		if len(texts) > 0 {
			*out = append(*out, leaf{path, strings.Join(texts, "、")})
		}
	default:
		said := n.Value != "" && (n.Tag == "!!str" || n.Value != "0" && n.Value != "false" && n.Tag != "!!null")
		// A value of 0 is one: free of charge, no deposit. So is a parameter of 0 or false.
		if said || path == "value.value" || strings.HasPrefix(path, "parameters.") && slices.Contains([]string{"!!int", "!!bool", "!!float"}, n.Tag) {
			*out = append(*out, leaf{path, n.Value})
		}
	}
}

// keyOf names an element of a list: a condition by its id, a parameter's value by its day.
func keyOf(n *yaml.Node) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i].Value; k == "id" || k == "since" {
			return n.Content[i+1].Value
		}
	}
	return ""
}

// labels are the Chinese names, in the order of the rule file.
var labels = []struct{ path, text string }{
	{"code", "事项代码"}, {"status", "状态"}, {"validFrom", "生效日期"}, {"validTo", "截止日期"}, {"demo", "演示数值"}, {"demoNote", "演示说明"},
	{"scene", "场景"}, {"title", "名称"}, {"summary", "一句话说明"}, {"partner.name", "合作单位"}, {"partner.uscc", "合作单位代码"},
	{"partner.contract", "合作合同编号"}, {"siteId", "站点"}, {"siteName", "站点名称"}, {"subjectType", "面向"}, {"value.type", "优惠方式"},
	{"value.value", "优惠数值"}, {"value.unit", "数量单位"}, {"basePriceFen", "标准价格（分）"}, {"stackable", "可同时使用"}, {"legalBasis", "依据"},
	{"basis", "依据代码"}, {"companions", "随行人数"}, {"per.day", "每人每天次数"}, {"per.month", "每人每月次数"}, {"per.year", "每人每年次数"}, {"per.total", "每人总次数"},
	{"cooldownMinutes", "间隔分钟数"}, {"timeWindow.weekdays", "可用星期"}, {"timeWindow.hours", "可用时段"}, {"timeWindow.blackoutDates", "不可用日期"},
	{"budget.day", "每天名额"}, {"budget.month", "每月名额"}, {"budget.year", "每年名额"}, {"budget.total", "总名额"}, {"parameters", "参数"}, {"conditions", "条件"},
}

// conditionLabels name the parts of conditions and parameters.
var conditionLabels = map[string]string{"id": "编号", "cel": "表达式", "needs": "用到的事实", "eligible": "满足时的说明", "notEligible": "不满足时的说明",
	"undetermined": "未定时的说明", "since": "起始日", "value": "值", "basis": "出处"}

func place(path string) int {
	for i, l := range labels {
		if path == l.path || strings.HasPrefix(path, l.path+".") {
			return i
		}
	}
	return len(labels)
}

func label(path string) string {
	at := place(path)
	if at == len(labels) {
		return path
	}
	parts := strings.Split(path, ".")
	if text := labels[at].text; path == labels[at].path {
		return text
	} else if part := conditionLabels[parts[len(parts)-1]]; part != "" && len(parts) > 2 {
		return text + " " + strings.Join(parts[1:len(parts)-1], " ") + " 的" + part
	}
	return path
}
