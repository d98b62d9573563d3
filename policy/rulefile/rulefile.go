// Package rulefile reads rule files the one way all policy rooms share: YAML, strictly
// decoded (an unknown key is a fault), every fault of every file reported together,
// named by a version that anybody can recompute (name@date#hash8).
//
// It exists beside the policy rooms because seven private copies of a strict decoder
// would drift apart; it imports model only and decides nothing.
package rulefile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"gopkg.in/yaml.v3"

	"xinyi/model"
)

// maxSize bounds one rule file, 1 MiB.
const maxSize = 1 << 20

// File is one rule file as it was read.
type File struct {
	Name string
	Raw  []byte
}

// Read gives every *.yaml file at the top of fsys in name order. Faults are an unreadable
// folder, an unreadable or oversized file, and a folder without rule files.
func Read(fsys fs.FS, faults *Faults) []File {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil || len(names) == 0 {
		faults.Addf(".", "没有找到规则文件（*.yaml）")
		return nil
	}
	var files []File
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		switch {
		case err != nil:
			faults.Addf(name, "无法读取: %v", err)
		case len(raw) > maxSize:
			faults.Addf(name, "超过 1 MiB")
		default:
			files = append(files, File{Name: path.Base(name), Raw: raw})
		}
	}
	return files
}

// Decode reads exactly one YAML document into into. It reports whether that went well.
func Decode(f File, into any, faults *Faults) bool {
	before := len(faults.list)
	dec := yaml.NewDecoder(bytes.NewReader(f.Raw))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		var te *yaml.TypeError
		if !errors.As(err, &te) {
			faults.Addf(f.Name, "%v", err)
			return false
		}
		for _, line := range te.Errors {
			faults.Addf(f.Name, "%s", line)
		}
	}
	var rest yaml.Node
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		faults.Addf(f.Name, "一个文件只能有一份 YAML 文档")
	}
	return len(faults.list) == before
}

// Version names a rule set: name@date#first eight hex digits of the SHA-256 of its bytes.
func Version(name string, from model.Date, raw []byte) string {
	sum := sha256.Sum256(raw)
	return name + "@" + string(from) + "#" + hex.EncodeToString(sum[:4])
}

// Faults collects what is wrong with rule files.
type Faults struct{ list []model.FieldError }

// Addf adds one fault of the named file.
func (p *Faults) Addf(file, format string, args ...any) {
	p.list = append(p.list, model.FieldError{Pointer: file, Code: "rule_file", Detail: fmt.Sprintf(format, args...)})
}

// Date adds a fault unless d is a real day.
func (p *Faults) Date(file, field string, d model.Date) {
	if _, err := model.ParseDate(string(d)); err != nil {
		p.Addf(file, "%s 应为 YYYY-MM-DD 格式的日期", field)
	}
}

// Text adds a fault when s is blank.
func (p *Faults) Text(file, field, s string) {
	if strings.TrimSpace(s) == "" {
		p.Addf(file, "%s 不能为空", field)
	}
}

// Len counts the faults so far.
func (p *Faults) Len() int { return len(p.list) }

// Err gives all faults as one CodeInvalidRequest error; nil when there is none.
func (p *Faults) Err() error {
	if len(p.list) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "规则文件有 %d 处错误，请改正后再装载", len(p.list))
	for _, f := range p.list {
		fmt.Fprintf(&b, "; %s: %s", f.Pointer, f.Detail)
	}
	return &model.Error{Code: model.CodeInvalidRequest, Detail: b.String(), Fields: p.list}
}

// Rules gives the folder rules of what a room embeds.
func Rules(embedded fs.FS) fs.FS {
	sub, err := fs.Sub(embedded, "rules")
	if err != nil { // "rules" is a valid path: cannot happen
		return embedded
	}
	return sub
}
