package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// Kind says what a Finding is about.
type Kind string

const (
	// EntryChanged: the bytes of an entry are not those that were folded.
	EntryChanged Kind = "entry_changed"
	// EntryMissing: an entry that is in the tree is not in the store.
	EntryMissing Kind = "entry_missing"
	// EntrySkipped: a durable entry is not in the tree although it should be.
	EntrySkipped Kind = "entry_skipped"
	// EntryTwice: the tree holds an entry more than once.
	EntryTwice Kind = "entry_twice"
	// EntryStray: an entry belongs to no origin, or its id is malformed.
	EntryStray Kind = "entry_stray"
	// TileDamaged: a tile of the tree is missing, short, or contradicts the tile below it.
	TileDamaged Kind = "tile_damaged"
	// TreeDiffers: the tree does not have the root that was signed.
	TreeDiffers Kind = "tree_differs"
	// CheckpointForged: a signature is wrong, or a signed note contradicts its document.
	CheckpointForged Kind = "checkpoint_forged"
	// TailCut: the outside checkpoint is newer than what the store holds.
	TailCut Kind = "tail_cut"
	// Forked: the tree does not continue the one under an outside checkpoint.
	Forked Kind = "forked"
	// OriginMissing: an origin that has outside checkpoints is not in the store.
	OriginMissing Kind = "origin_missing"
	// AccessMissing: an entry does not stand in the access log of one of its subjects.
	AccessMissing Kind = "access_missing"
	// AccessAdded: a line of an access log has no entry behind it.
	AccessAdded Kind = "access_added"
	// FileDamaged: a file of the engine contradicts its checksums.
	FileDamaged Kind = "file_damaged"
)

// Finding is one thing that is wrong. It names no person.
type Finding struct {
	Kind   Kind
	Origin string
	// Gen and Seq name the entry, the first of Count; Seq 0 = not about an entry.
	Gen   uint32
	Seq   uint64
	Count uint64
	// Index is the leaf, -1 if there is none.
	Index  int64
	Detail string
}

// String is the finding as a line for people.
func (f Finding) String() string {
	place := f.Origin
	if f.Seq > 0 {
		place = model.AuditID{Origin: f.Origin, Gen: f.Gen, Seq: f.Seq}.String()
		place = fmt.Sprintf("%s（日志 %s，第 %d 代，第 %d 号", place, f.Origin, f.Gen, f.Seq)
		if f.Count > 1 {
			place += fmt.Sprintf("起共 %d 条", f.Count)
		}
		if f.Index >= 0 {
			place += fmt.Sprintf("，叶 %d", f.Index)
		}
		place += "）"
	}
	return fmt.Sprintf("%s %s：%s", f.Kind, place, f.Detail)
}

// OriginReport is what was read of one origin.
type OriginReport struct {
	Name string
	Size int64
	Root tlog.Hash
	// CheckpointAt is the time of the last signed checkpoint.
	CheckpointAt time.Time
	// Entries were read; Waiting of them are durable but not folded yet, which is no fault.
	Entries, Waiting int64
	// Outside counts the outside checkpoints that were compared.
	Outside int
}

// Report is the result of Verify.
type Report struct {
	Origins  []OriginReport
	Findings []Finding
	// Omitted counts findings beyond the first 1000.
	Omitted int
	// FilesChecked says whether the engine compared the checksums of its files.
	FilesChecked bool
}

const maxFindings = 1000

// cause gives an error with what it wraps: an operator needs the file's name.
func cause(err error) string {
	text := err.Error()
	var coded *model.Error
	if !errors.As(err, &coded) {
		return text
	}
	for e := coded.Err; e != nil; e = errors.Unwrap(e) {
		if s := e.Error(); !strings.Contains(text, s) {
			text += "：" + s
		}
	}
	return text
}

// OK reports whether nothing is wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) add(f Finding) {
	if len(r.Findings) >= maxFindings {
		r.Omitted++
		return
	}
	r.Findings = append(r.Findings, f)
}

// Lines is the report for people, one line per origin and finding and a last one that sums up.
func (r *Report) Lines() []string {
	var lines []string
	for _, o := range r.Origins {
		lines = append(lines, fmt.Sprintf("日志 %s：%d 条记录，已入树 %d，待入树 %d，根 %s，检查点 %s，外部检查点 %d 个",
			o.Name, o.Entries, o.Size, o.Waiting, o.Root, o.CheckpointAt.UTC().Format(time.RFC3339), o.Outside))
	}
	for _, f := range r.Findings {
		lines = append(lines, "异常 "+f.String())
	}
	if r.Omitted > 0 {
		lines = append(lines, fmt.Sprintf("另有 %d 处异常未列出", r.Omitted))
	}
	if !r.FilesChecked {
		lines = append(lines, "说明：存储引擎没有提供文件校验，仅核对了审计数据")
	}
	if r.OK() {
		return append(lines, "审计校验通过：没有发现改动、缺失或截断")
	}
	return append(lines, fmt.Sprintf("审计校验未通过：共 %d 处异常", len(r.Findings)+r.Omitted))
}
