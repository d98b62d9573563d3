// Package consent is the desk where people agree to something about their own data and take
// it back (同意与撤回), the one as easily as the other. The personal incentive level
// (个人信用激励等级) is such a consent: nobody is judged who did not join.
package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"xinyi/model"
	"xinyi/policy/summary"
)

// Store keeps consents.
type Store interface {
	// RecordsOf gives all records of a subject.
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	// File gives the file that names a recipient: CodeNotFound if there is none.
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	// WriteLevel writes everything or nothing: CodeConflict when the file moved.
	WriteLevel(ctx context.Context, w model.LevelWrite) error
}

// Files gives a subject's file with a summary that is true now.
type Files interface {
	Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error)
	// EnterpriseCredit gives the file of an enterprise that the caller represents now.
	EnterpriseCredit(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, model.Stamp, error)
}

// Auditor gives an entry for the batch of a change, and notes looks.
type Auditor interface {
	Note(ev model.AuditEvent)
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Counter counts a subject for the quality figures (policy/quality).
type Counter interface {
	Subject(f *model.SubjectFile, records []*model.Record, sign int64, into model.QualityCounts)
}

// What people agree to who join.
const (
	LevelTitle = "加入个人信用激励等级"
	LevelText  = "本人自愿加入：同意按公布的规则，用本人的信用记录计算优秀、良好或基础等级，只用于给予激励。规则只做加法，没有负面等级；" +
		"不加入、退出都不影响办事和享受公共服务。可随时退出，退出后等级立即删除。"
)

// LevelTextHash names LevelText by its SHA-256, as promises name theirs.
func LevelTextHash() string {
	sum := sha256.Sum256([]byte(LevelText))
	return hex.EncodeToString(sum[:])
}

// Service is the desk. All fields are required but Quality.
type Service struct {
	Store   Store
	Files   Files
	Judge   summary.Judge
	Auditor Auditor
	IDs     *model.IDs
	Clock   model.Clock
	// Quality counts by the rules of a day; nil = nobody counts.
	Quality func(day model.Date) Counter
}

// Level is where a person stands with the incentive level.
type Level struct {
	Joined bool
	// Since is when the person joined; zero when that came with the data, or they did not.
	Since time.Time
	// Offered says whether a model judges those who join; RuleVersion names it.
	Offered     bool
	RuleVersion string
	// Grade is the judgement of who joined; "" = none.
	Grade string
}

func (s *Service) level(f *model.SubjectFile) Level {
	l := Level{Joined: f.LevelOptIn, RuleVersion: s.Judge.Version(f.Kind, true, model.DateOf(s.Clock.Now()))}
	l.Offered = l.RuleVersion != ""
	if l.Joined {
		l.Since = f.LevelChosenAt
		if f.Judgement != nil {
			l.Grade = f.Judgement.Grade
		}
	}
	return l
}

// Join makes the caller one who is judged by the incentive level, from now on; hash names the
// text that was shown to them ("" = not told). CodeInvalidRequest when that is not the one in
// force; CodeNotVerified; CodeNotReady where no level is offered; CodeExists for who joined already.
func (s *Service) Join(ctx context.Context, p model.Principal, hash string, receipt model.Receipt[Level]) (Level, error) {
	if hash != "" && hash != LevelTextHash() {
		return Level{}, model.Invalid("/textHash", "text_changed", "所同意的不是现行文本，请重新读取、阅读后再加入。")
	}
	return s.choose(ctx, p, true, receipt)
}

// Leave ends that: judgement and digest are gone with the same batch. CodeNotVerified;
// CodeNotFound for who did not join.
func (s *Service) Leave(ctx context.Context, p model.Principal) error {
	_, err := s.choose(ctx, p, false, nil)
	return err
}

func (s *Service) choose(ctx context.Context, p model.Principal, join bool, receipt model.Receipt[Level]) (out Level, err error) {
	err = model.Retry(ctx, func() error {
		f, err := s.own(ctx, p)
		if err != nil {
			return err
		}
		switch now := s.level(f); {
		case join && now.Joined:
			return model.Errorf(model.CodeExists, "您已经加入信用激励等级，不必重复加入。")
		case join && !now.Offered:
			return model.Errorf(model.CodeNotReady, "本地尚未开通个人信用激励等级，请在开通后再加入。")
		case !join && !now.Joined:
			return model.Errorf(model.CodeNotFound, "您没有加入信用激励等级，无需退出。")
		}
		out, err = s.write(ctx, p, f, join, receipt)
		return err
	})
	return out, err
}

func (s *Service) own(ctx context.Context, p model.Principal) (*model.SubjectFile, error) {
	if p.Subject == "" {
		return nil, model.Errorf(model.CodeNotVerified, "请先完成实名认证，再办理同意事项。")
	}
	f, _, err := s.Files.Fresh(ctx, p.Subject)
	return f, err
}

func (s *Service) write(ctx context.Context, p model.Principal, before *model.SubjectFile, join bool, receipt model.Receipt[Level]) (Level, error) {
	now := s.Clock.Now()
	records, err := s.Store.RecordsOf(ctx, before.ID)
	if err != nil {
		return Level{}, err
	}
	f := *before
	f.LevelOptIn, f.LevelChosenAt, f.LevelText = join, now.UTC().Truncate(time.Millisecond), ""
	if join {
		f.LevelText = LevelTextHash()
	}
	if err := summary.Refresh(&f, records, s.Judge, now); err != nil {
		return Level{}, err
	}
	w := model.LevelWrite{File: &f}
	if s.Quality != nil {
		rules, delta := s.Quality(model.DateOf(now)), &model.QualityDelta{ID: s.IDs.Next(), Counts: model.QualityCounts{}}
		rules.Subject(before, records, -1, delta.Counts)
		rules.Subject(&f, records, 1, delta.Counts)
		w.Quality = delta
	}
	out := s.level(&f)
	if w.Answer, err = receipt.Make(out); err != nil {
		return out, err
	}
	action, outcome, ref := "level.leave", "left", model.LevelConsent
	if join { // the entry tells to which text
		action, outcome, ref = "level.join", "joined", model.LevelConsent+"#"+f.LevelText
	}
	ev := s.event(p, action, outcome, f.ID)
	ev.Ref, ev.RuleVersion = ref, out.RuleVersion
	if w.Audit, err = s.Auditor.Begin(ev); err != nil {
		return out, err
	}
	err = s.Store.WriteLevel(ctx, w)
	s.Auditor.End(w.Audit, err)
	return out, err
}

func (s *Service) event(p model.Principal, action, outcome string, id model.SubjectID) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Purpose: model.PurposeSelfView, Outcome: outcome, Subjects: []model.SubjectID{id}, RequestID: p.RequestID}
}
