package catalogue

import (
	"slices"
	"strings"

	"xinyi/model"
)

// Block is one line of what may never be collected (§3.2).
type Block struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"`
	// Terms mark it in the cells named: title, category, content.
	Terms []string `yaml:"terms"`
	// Except are longer words that hold a term and mean something else.
	Except []string `yaml:"except"`
	Cells  []string `yaml:"cells"`
	// Kinds and Subjects narrow it; nil = all.
	Kinds    []model.RecordKind  `yaml:"kinds"`
	Subjects []model.SubjectKind `yaml:"subjects"`
	// Unless names what allows it: legislation (a provision is cited), confirmed (a
	// decision that is final); "" = nothing.
	Unless string `yaml:"unless"`
	// Adverse: only where the record is about a breach.
	Adverse  bool   `yaml:"adverse"`
	Citation string `yaml:"citation"`
}

// Screen checks a record with the clear text of its content against the blocklist; nil =
// nothing stands against it.
func (b *Book) Screen(rec *model.Record, content string, subject model.SubjectKind) *Refusal {
	for i := range b.blocks {
		block := &b.blocks[i]
		if !block.concerns(rec, subject) {
			continue
		}
		for _, cell := range block.Cells {
			if block.found(cellOf(cell, rec, content)) && !block.allowed(rec) {
				return &Refusal{cell, "依法不得归集：" + block.Name + "（" + block.Citation + "）。请删除该行。"}
			}
		}
	}
	return nil
}

func cellOf(name string, rec *model.Record, content string) string {
	switch name {
	case "title":
		return rec.Title
	case "category":
		return rec.Category
	}
	return content
}

func (k *Block) found(text string) bool {
	if text == "" {
		return false
	}
	for _, word := range k.Except {
		text = strings.ReplaceAll(text, word, "")
	}
	return slices.ContainsFunc(k.Terms, func(term string) bool { return strings.Contains(text, term) })
}

func (k *Block) concerns(rec *model.Record, subject model.SubjectKind) bool {
	return (k.Kinds == nil || slices.Contains(k.Kinds, rec.Kind)) && (k.Subjects == nil || slices.Contains(k.Subjects, subject)) &&
		(!k.Adverse || rec.OfBreach())
}

func (k *Block) allowed(rec *model.Record) bool {
	switch k.Unless {
	case "legislation":
		return CitesProvision(rec.LegalBasis)
	case "confirmed":
		return rec.DocNo != "" && rec.Finality == model.FinalityFinal
	}
	return false
}

// CitesProvision reports whether a text names a law and an article of it: 《…》第…条.
func CitesProvision(basis string) bool {
	_, after, ok := strings.Cut(basis, "《")
	if !ok {
		return false
	}
	if _, after, ok = strings.Cut(after, "》"); !ok {
		return false
	}
	_, after, ok = strings.Cut(after, "第")
	return ok && strings.Contains(after, "条")
}

// Blocks lists what may never be collected.
func (b *Book) Blocks() []Block { return slices.Clone(b.blocks) }
