package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"xinyi/api"
	"xinyi/handlers/contract"
	"xinyi/model"
	"xinyi/policy/access"
	"xinyi/policy/benefit"
	"xinyi/policy/catalogue"
	"xinyi/policy/clock"
	"xinyi/policy/compliance"
	"xinyi/policy/form"
	"xinyi/policy/grading"
	"xinyi/policy/loan"
	"xinyi/policy/measures"
	"xinyi/policy/message"
	"xinyi/policy/quality"
	"xinyi/policy/repair"
	"xinyi/policy/retention"
	"xinyi/policy/rulefile"
	"xinyi/policy/sector"

	approvals "xinyi/policy/approval"
	promises "xinyi/policy/commitment"
)

// ruleKind is a kind of rule file. All YAML kinds are told apart by one key that only
// they have; files of a kind are loaded together, as the server does.
type ruleKind struct {
	name, title string
	marker      string // top-level key
	label       string // key whose value names the rule set; "" = the kind itself
	load        func(fs.FS) error
}

func ruleKinds() []ruleKind {
	return []ruleKind{
		{"benefit", "惠民规则", "code", "code", loadOnly(benefit.Load)},
		{"approval", "审批事项", "itemCode", "itemCode", loadOnly(approvals.Load)},
		{"grading", "评价模型", "grades", "model", loadOnly(grading.Load)},
		{"loan", "白名单规则", "rules", "name", loadOnly(loan.Load)},
		{"repair", "修复规则", "transition", "name", loadOnly(repair.Load)},
		{"sector", "行业评价办法", "schemes", "name", loadOnly(sector.Load)},
		{"calendar", "工作日历", "year", "", loadOnly(clock.Load)},
		{"catalogue", "信息目录", "catalogue", "name", loadOnly(catalogue.Load)},
		{"compliance", "合规校验", "checks", "name", loadOnly(compliance.Load)},
		{"measures", "措施清单与名单规则", "table", "table", loadOnly(measures.Load)},
		{"form", "报送表单", "groups", "name", loadOnly(form.Load)},
		{"quality", "归集质量指标", "entered", "name", loadOnly(loadQuality)},
		{"retention", "保存期限", "redemption", "name", loadOnly(retention.Load)},
		{"message", "消息模板", "quietHours", "name", loadOnly(message.Load)},
		{"commitment", "信用承诺规则", "letters", "name", loadOnly(promises.Load)},
	}
}

// loadQuality counts in the working days that come with the program.
func loadQuality(source fs.FS) (*quality.Book, error) {
	calendar, err := clock.Load(clock.Seed())
	if err != nil {
		return nil, err
	}
	return quality.Load(source, calendar)
}

func loadOnly[T any](load func(fs.FS) (T, error)) func(fs.FS) error {
	return func(source fs.FS) error {
		_, err := load(source)
		return err
	}
}

// accessKind is the one kind that is no YAML.
const accessKind = "access"

// ruleSource is one file as it was read.
type ruleSource struct {
	path    string
	raw     []byte
	kind    string
	version string
}

// policyCheck loads rule files as the server would, and changes nothing.
func policyCheck(_ context.Context, c command) error {
	kind := ""
	t := tool{name: "policy check", args: "FILE…",
		brief: "检查规则文件：严格解码，一次列出全部错误，打印版本与 SHA-256。.csv 是访问策略，YAML 按内容识别种类，同类文件一起装载。\n" +
			"Loads rule files as the server would; lists every fault, or prints versions and hashes.",
		flags: func(fs *flag.FlagSet) {
			fs.StringVar(&kind, "kind", "", "kind of the YAML files, when it cannot be seen: "+kindNames()+" 规则种类")
		}}
	_, paths, err := t.read(c)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return usageError{errors.New("请给出至少一个规则文件")}
	}
	sources, faults, err := readRules(paths, kind)
	if err != nil {
		return usageError{err}
	}
	faults = append(faults, checkRules(sources)...)
	for _, s := range sources {
		sum := sha256.Sum256(s.raw)
		fmt.Fprintf(c.stdout, "%s  %s  %s  sha256:%s\n", s.path, s.kind, s.version, hex.EncodeToString(sum[:]))
	}
	if len(faults) == 0 {
		fmt.Fprintf(c.stdout, "规则检查通过：%d 个文件\n", len(sources))
		return nil
	}
	for _, fault := range faults {
		fmt.Fprintln(c.stdout, "错误", fault)
	}
	return fmt.Errorf("规则检查未通过：%d 处错误", len(faults))
}

func kindNames() string {
	var names []string
	for _, k := range ruleKinds() {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// readRules reads the files; faults are those whose kind is unknown.
func readRules(paths []string, kind string) (sources []ruleSource, faults []string, err error) {
	if kind != "" && !slices.ContainsFunc(ruleKinds(), func(k ruleKind) bool { return k.name == kind }) {
		return nil, nil, fmt.Errorf("--kind 只能是 %s", kindNames())
	}
	var errs []error
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s := ruleSource{path: path, raw: raw, kind: kind}
		if filepath.Ext(path) == ".csv" {
			s.kind = accessKind
		} else if s.kind == "" {
			s.kind = kindOf(raw)
		}
		if s.kind == "" {
			faults = append(faults, path+": 无法判断规则种类，请用 --kind 指明（"+kindNames()+"），或先改正 YAML")
			continue
		}
		s.version = versionOf(s)
		sources = append(sources, s)
	}
	return sources, faults, errors.Join(errs...)
}

// head is the top level of a rule file, "" for what is no mapping.
func head(raw []byte) map[string]yaml.Node {
	var top map[string]yaml.Node
	_ = yaml.Unmarshal(raw, &top) // the strict decoder reports what is wrong
	return top
}

func kindOf(raw []byte) string {
	top := head(raw)
	for _, k := range ruleKinds() {
		if _, ok := top[k.marker]; ok {
			return k.name
		}
	}
	return ""
}

// versionOf names a file as the rooms do: name@date#hash.
func versionOf(s ruleSource) string {
	if s.kind == accessKind {
		conf, _ := access.Seed()
		sum := sha256.Sum256([]byte(conf + "\x00" + string(s.raw)))
		return "access#" + hex.EncodeToString(sum[:4])
	}
	top := head(s.raw)
	name, from := s.kind, model.Date(top["validFrom"].Value)
	for _, k := range ruleKinds() {
		if k.name == s.kind && k.label != "" {
			name = top[k.label].Value
		}
	}
	if year, ok := top["year"]; ok && from == "" {
		from = model.Date(year.Value + "-01-01")
	}
	return rulefile.Version(name, from, s.raw)
}

// checkRules loads the files of each kind together and gives every fault.
func checkRules(sources []ruleSource) (faults []string) {
	for _, k := range ruleKinds() {
		files := map[string][]byte{}
		for _, s := range sources {
			if s.kind == k.name {
				files[uniqueName(files, s.path)] = s.raw
			}
		}
		if len(files) == 0 {
			continue
		}
		source, err := fileSystem(files)
		if err == nil {
			err = k.load(source)
		}
		faults = append(faults, faultLines(k.title, err)...)
	}
	for _, s := range sources {
		if s.kind == accessKind {
			_, err := loadAccess(string(s.raw))
			faults = append(faults, faultLines(s.path, err)...)
		}
	}
	return faults
}

// uniqueName is the base of path, which is how faults name a file, made unique.
func uniqueName(files map[string][]byte, path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + ".yaml"
	for _, taken := files[name]; taken; _, taken = files[name] {
		name = "x" + name
	}
	return name
}

func faultLines(where string, err error) (lines []string) {
	var e *model.Error
	switch {
	case err == nil:
	case errors.As(err, &e) && len(e.Fields) > 0:
		for _, f := range e.Fields {
			lines = append(lines, fmt.Sprintf("%s %s: %s", where, f.Pointer, f.Detail))
		}
	default:
		for line := range strings.Lines(err.Error()) {
			lines = append(lines, where+": "+strings.TrimSpace(line))
		}
	}
	return lines
}

// loadAccess loads an access policy against the permissions of the contract.
func loadAccess(policy string) (*access.Table, error) {
	operations, err := contract.Load(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	conf, _ := access.Seed()
	return access.Load(conf, policy, operations.Permissions())
}
