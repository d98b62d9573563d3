package benefit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

// Bounds of one expression. Its worst-case cost is estimated when the rule loads, so that
// deciding need not count.
const (
	maxExpression = 500 // code points
	maxCost       = 500 // CEL cost units
	maxListSize   = 64  // assumed size of lists and texts when estimating
)

const paramPrefix = "param."

// condition is a compiled Condition.
type condition struct {
	*Condition
	program cel.Program
	needs   FactSet
	texts   []string // written in the expression
}

// holds evaluates the condition; ok is false when it cannot tell (statically typed: only
// arithmetic can fail).
func (c *condition) holds(v *view) (yes, ok bool) {
	out, _, err := c.program.Eval(v)
	return out == types.True, err == nil
}

// param is the values of one parameter, oldest first.
type param struct {
	name   string // with prefix
	values []paramValue
}

type paramValue struct {
	model.Param
	val ref.Val
}

// at gives the value in force on a day; the first one is in force from the rule's start.
func (p *param) at(day model.Date) *paramValue {
	v := &p.values[0]
	for i := 1; i < len(p.values) && p.values[i].Since <= day; i++ {
		v = &p.values[i]
	}
	return v
}

// paramDay is the values of all parameters from a day on.
type paramDay struct {
	from   model.Date
	values []model.Param
}

// paramDays gives them for each day on which one changes, oldest first: decisions share them.
func paramDays(params []param) (days []paramDay) {
	for i := range params {
		for j := range params[i].values {
			days = append(days, paramDay{from: params[i].values[j].Since})
		}
	}
	slices.SortFunc(days, func(a, b paramDay) int { return cmp.Compare(a.from, b.from) })
	days = slices.CompactFunc(days, func(a, b paramDay) bool { return a.from == b.from })
	for i := range days {
		for j := range params {
			days[i].values = append(days[i].values, params[j].at(days[i].from).Param)
		}
	}
	return days
}

// compiler turns definitions into rules.
type compiler struct{ env *cel.Env }

func newCompiler() (*compiler, error) {
	list := cel.ListType(cel.StringType)
	kinds := [factCount]*cel.Type{cel.StringType, cel.BoolType, cel.StringType, cel.StringType, cel.BoolType, cel.BoolType, list, list}
	opts := []cel.EnvOption{
		cel.ClearMacros(), // no loops: cost stays bounded by the text
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(32),
	}
	for f, name := range factNames {
		opts = append(opts, cel.Variable(name, kinds[f]))
	}
	env, err := cel.NewEnv(opts...)
	if err != nil {
		return nil, fmt.Errorf("benefit conditions: %w", err)
	}
	return &compiler{env: env}, nil
}

// rule reads, checks and compiles one file; nil when it has faults.
func (c *compiler) rule(f rulefile.File, faults *rulefile.Faults) *Rule {
	before := faults.Len()
	r := &Rule{}
	if !rulefile.Decode(f, &r.Definition, faults) {
		return nil
	}
	r.check(f.Name, faults)
	env := c.parameters(f.Name, r, faults)
	for i := range r.Conditions {
		r.conditions = append(r.conditions, compileCondition(f.Name, env, r, &r.Conditions[i], faults))
	}
	r.limits = limitsOf(&r.Definition)
	r.Version = rulefile.Version(r.Code, r.ValidFrom, f.Raw)
	if faults.Len() > before {
		return nil
	}
	r.paramDays = paramDays(r.params)
	r.standard, r.reduced = r.priceOf(false), r.priceOf(true)
	return r
}

// parameters reads the rule's parameters and gives the environment that knows them.
func (c *compiler) parameters(file string, r *Rule, faults *rulefile.Faults) *cel.Env {
	names := make([]string, 0, len(r.Parameters))
	for name := range r.Parameters {
		names = append(names, name)
	}
	slices.Sort(names)
	var opts []cel.EnvOption
	for _, name := range names {
		p := param{name: paramPrefix + name}
		var kind *cel.Type
		for i, v := range r.Parameters[name] {
			val, text, t := parameterValue(v.Value)
			if t == nil || (kind != nil && !kind.IsExactType(t)) {
				faults.Addf(file, "parameters.%s: 值应为文本、整数、布尔或文本列表，且各日期类型一致", name)
				continue
			}
			if _, err := model.ParseDate(string(v.Since)); err != nil || (i > 0 && v.Since <= r.Parameters[name][i-1].Since) ||
				(i == 0 && v.Since > r.ValidFrom) {
				faults.Addf(file, "parameters.%s: since 应由早到晚，且最早一项不晚于 validFrom", name)
			}
			faults.Text(file, "parameters."+name+".basis", v.Basis)
			kind = t
			p.values = append(p.values, paramValue{model.Param{Name: name, Value: text, Since: v.Since}, val})
		}
		if len(p.values) == 0 || !identifier(name) {
			faults.Addf(file, "parameters.%s: 名称应为英文字母开头，且至少有一个值", name)
			continue
		}
		r.params = append(r.params, p)
		opts = append(opts, cel.Variable(p.name, kind))
	}
	env, err := c.env.Extend(opts...)
	if err != nil {
		faults.Addf(file, "parameters: %v", err)
		return c.env
	}
	return env
}

// parameterValue gives a value for CEL, as text for the decision, and its type; a nil type
// for what cannot be a parameter.
func parameterValue(v any) (val ref.Val, text string, kind *cel.Type) {
	switch v := v.(type) {
	case string:
		return types.String(v), v, cel.StringType
	case int:
		return types.Int(v), fmt.Sprint(v), cel.IntType
	case bool:
		return types.Bool(v), fmt.Sprint(v), cel.BoolType
	case []any:
		items := make([]string, 0, len(v))
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, "", nil
			}
			items = append(items, s)
		}
		if len(items) > maxListSize {
			return nil, "", nil
		}
		return types.DefaultTypeAdapter.NativeToValue(items), strings.Join(items, ","), cel.ListType(cel.StringType)
	}
	return nil, "", nil
}

func compileCondition(file string, env *cel.Env, r *Rule, def *Condition, faults *rulefile.Faults) condition {
	out := condition{Condition: def}
	compiled, issues := env.Compile(def.CEL)
	if err := issues.Err(); err != nil {
		faults.Addf(file, "%s.cel: %s", def.ID, strings.ReplaceAll(err.Error(), "\n", " "))
		return out
	}
	if !compiled.OutputType().IsExactType(cel.BoolType) {
		faults.Addf(file, "%s.cel: 结果应为布尔值", def.ID)
		return out
	}
	cost, err := env.EstimateCost(compiled, sizes{})
	if err != nil || cost.Max > maxCost {
		faults.Addf(file, "%s.cel: 表达式过于复杂", def.ID)
		return out
	}
	ast.PostOrderVisit(compiled.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if text, ok := literal(e); ok {
			out.texts = append(out.texts, text)
		}
	}))
	used := map[string]bool{}
	for _, ref := range compiled.NativeRep().ReferenceMap() {
		if len(ref.OverloadIDs) > 0 || strings.HasPrefix(ref.Name, paramPrefix) {
			continue
		}
		for f, name := range factNames {
			if ref.Name == name {
				used[name] = true
				out.needs = out.needs.With(Fact(f))
			}
		}
	}
	for _, name := range def.Needs {
		if !used[name] {
			faults.Addf(file, "%s.needs: 表达式没有用到 %q", def.ID, name)
		}
		delete(used, name)
	}
	for name := range used {
		faults.Addf(file, "%s.needs: 缺少 %q", def.ID, name)
	}
	if out.needs == 0 {
		faults.Addf(file, "%s.cel: 没有用到任何事实", def.ID)
	}
	if out.program, err = env.Program(compiled, cel.EvalOptions(cel.OptOptimize)); err != nil {
		faults.Addf(file, "%s.cel: %v", def.ID, err)
	}
	return out
}

// literal gives a text that is written in an expression.
func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}

// sizes bounds what CEL cannot see when it estimates a cost.
type sizes struct{}

func (sizes) EstimateSize(checker.AstNode) *checker.SizeEstimate {
	return &checker.SizeEstimate{Min: 0, Max: maxListSize}
}

func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// view is what the expressions of one decision see.
type view struct {
	facts  *Facts
	rule   *Rule
	day    model.Date
	cached [factCount]ref.Val
}

// ResolveName gives a fact or parameter; conditions are evaluated only when all they need
// is known.
func (v *view) ResolveName(name string) (any, bool) {
	if strings.HasPrefix(name, paramPrefix) {
		for i := range v.rule.params {
			if v.rule.params[i].name == name {
				return v.rule.params[i].at(v.day).val, true
			}
		}
		return nil, false
	}
	for f, n := range factNames {
		if n == name {
			if v.cached[f] == nil {
				v.cached[f] = v.facts.value(Fact(f))
			}
			return v.cached[f], true
		}
	}
	return nil, false
}

// Parent is nil: there is nothing behind the facts.
func (v *view) Parent() cel.Activation { return nil }
