// Package message holds the rules of messages (消息): templates, quiet hours, retries and how
// long they are kept. They are data (rules/*.yaml), each file an edition with its day.
package message

import (
	"embed"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the editions that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// form is a message as a channel registered it.
type form struct {
	Template string            `yaml:"template"`
	Page     string            `yaml:"page"`
	Data     map[string]string `yaml:"data"`
}

// Template is one kind of message.
type Template struct {
	Kind   string `yaml:"kind"`
	Title  string `yaml:"title"`
	Text   string `yaml:"text"`
	WeChat form   `yaml:"wechat"`
	SMS    form   `yaml:"sms"`
	Urgent bool   `yaml:"urgent"`
}

// Edition is what holds from a day on. Immutable and safe for concurrent use.
type Edition struct {
	Name       string     `yaml:"name"`
	ValidFrom  model.Date `yaml:"validFrom"`
	Source     string     `yaml:"source"`
	QuietHours struct {
		From string `yaml:"from"`
		To   string `yaml:"to"`
	} `yaml:"quietHours"`
	Retry struct {
		First    time.Duration `yaml:"first"`
		Most     time.Duration `yaml:"most"`
		Attempts int           `yaml:"attempts"`
	} `yaml:"retry"`
	KeepDays  int        `yaml:"keepDays"`
	Templates []Template `yaml:"templates"`

	version          string
	quiet, quietEnds time.Duration
}

// Book holds all editions, oldest first.
type Book struct{ editions []*Edition }

// Load reads every edition of a folder and reports all faults together.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{}
	for _, f := range rulefile.Read(fsys, &faults) {
		e := &Edition{}
		if rulefile.Decode(f, e, &faults) {
			e.check(f.Name, &faults)
			e.version = rulefile.Version(e.Name, e.ValidFrom, f.Raw)
			b.editions = append(b.editions, e)
		}
	}
	slices.SortFunc(b.editions, func(x, y *Edition) int { return strings.Compare(string(x.ValidFrom), string(y.ValidFrom)) })
	for i := 1; i < len(b.editions); i++ {
		if b.editions[i].ValidFrom == b.editions[i-1].ValidFrom {
			faults.Addf(b.editions[i].Name, "两版消息规则的 validFrom 相同")
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

var kindForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func (e *Edition) check(file string, faults *rulefile.Faults) {
	faults.Text(file, "name", e.Name)
	faults.Text(file, "source", e.Source)
	faults.Date(file, "validFrom", e.ValidFrom)
	for _, at := range []struct {
		field, text string
		into        *time.Duration
	}{{"quietHours.from", e.QuietHours.From, &e.quiet}, {"quietHours.to", e.QuietHours.To, &e.quietEnds}} {
		t, err := time.Parse("15:04", at.text)
		if err != nil {
			faults.Addf(file, "%s 应为 HH:MM", at.field)
			continue
		}
		*at.into = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	if e.Retry.First <= 0 || e.Retry.Most < e.Retry.First || e.Retry.Attempts < 1 || e.Retry.Attempts > 100 {
		faults.Addf(file, "retry 应有 0 < first ≤ most，attempts 在 1–100 之间")
	}
	if e.KeepDays < 1 {
		faults.Addf(file, "keepDays 应为正整数")
	}
	seen := map[string]bool{}
	for i := range e.Templates {
		t := &e.Templates[i]
		if !kindForm.MatchString(t.Kind) || seen[t.Kind] {
			faults.Addf(file, "templates[%d].kind 应为不重复的小写键", i)
		}
		seen[t.Kind] = true
		faults.Text(file, t.Kind+".title", t.Title)
		faults.Text(file, t.Kind+".text", t.Text)
		faults.Text(file, t.Kind+".wechat.template", t.WeChat.Template)
		faults.Text(file, t.Kind+".sms.template", t.SMS.Template)
		if len(t.WeChat.Data) == 0 {
			faults.Addf(file, "%s.wechat.data 不能为空", t.Kind)
		}
	}
}

// On gives the edition in force on a day: CodeNotReady when there is none.
func (b *Book) On(day model.Date) (*Edition, error) {
	for _, e := range slices.Backward(b.editions) {
		if e.ValidFrom <= day {
			return e, nil
		}
	}
	return nil, model.Errorf(model.CodeNotReady, "该日没有施行中的消息规则，请先公布。")
}

// Version names the edition (name@date#hash8).
func (e *Edition) Version() string { return e.version }

// thing is how many characters a WeChat keyword takes.
const thing = 20

// Write fills a template in. The id, subject and times are the caller's. CodeInternal for a
// kind without template, or a blank that nobody fills.
func (e *Edition) Write(kind string, values map[string]string) (model.Message, error) {
	at := slices.IndexFunc(e.Templates, func(t Template) bool { return t.Kind == kind })
	if at < 0 {
		return model.Message{}, model.Errorf(model.CodeInternal, "消息模板 %s 不存在，请联系管理员。", kind)
	}
	t := &e.Templates[at]
	var missing error
	fill := func(text string) string {
		return blank.ReplaceAllStringFunc(text, func(name string) string {
			v, ok := values[name[1:len(name)-1]]
			if !ok {
				missing = model.Errorf(model.CodeInternal, "消息模板 %s 的 %s 没有值，请联系管理员。", kind, name)
			}
			return v
		})
	}
	forms := func(f form, most int) model.MessageForm {
		out := model.MessageForm{Template: f.Template, Page: f.Page, Data: map[string]string{}}
		for key, text := range f.Data {
			out.Data[key] = cut(fill(text), most)
		}
		return out
	}
	m := model.Message{Kind: kind, Title: t.Title, Text: fill(t.Text), RuleVersion: e.version, Urgent: t.Urgent,
		WeChat: forms(t.WeChat, thing), SMS: forms(t.SMS, 64)}
	return m, missing
}

var blank = regexp.MustCompile(`\{[a-z]+\}`)

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// Allowed gives the first instant from t on at which a message may go out.
func (e *Edition) Allowed(t time.Time, urgent bool) time.Time {
	if urgent || e.quiet == e.quietEnds {
		return t
	}
	day := model.DateOf(t)
	at := t.Sub(day.Start())
	overnight := e.quiet > e.quietEnds
	switch {
	case overnight && at >= e.quiet:
		return day.AddDays(1).Start().Add(e.quietEnds)
	case overnight && at < e.quietEnds, !overnight && at >= e.quiet && at < e.quietEnds:
		return day.Start().Add(e.quietEnds)
	}
	return t
}

// Wait gives how long to wait after so many tries that failed; ok = false: no more tries.
func (e *Edition) Wait(tries int) (wait time.Duration, ok bool) {
	if tries >= e.Retry.Attempts {
		return 0, false
	}
	wait = e.Retry.First
	for range tries - 1 {
		if wait >= e.Retry.Most/2 {
			return e.Retry.Most, true
		}
		wait *= 2
	}
	return wait, true
}
