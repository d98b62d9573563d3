package identity

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"xinyi/model"
	"xinyi/policy/quality"
)

// Profile is what a citizen sees of the own account.
type Profile struct {
	User User
	// Name and IDNo are the caller's own; Name is clear, IDNo masks itself. Zero before
	// the real name is bound.
	Name        string
	IDNo        model.CitizenID
	BoundAt     time.Time
	Enterprises []model.EnterpriseBinding
}

const (
	adult       = 18
	maxNameRune = 50
)

// Profile gives the caller's own account.
func (c *Citizens) Profile(ctx context.Context, p model.Principal) (Profile, error) {
	a, err := c.own(ctx, p)
	if err != nil {
		return Profile{}, err
	}
	return c.profile(ctx, a)
}

func (c *Citizens) profile(ctx context.Context, a *model.Account) (Profile, error) {
	out := Profile{User: citizenUser(a), BoundAt: a.BoundAt, Enterprises: a.Enterprises}
	if a.Subject == "" {
		return out, nil
	}
	who, err := c.person(ctx, a.Subject)
	if err != nil {
		return Profile{}, err
	}
	out.Name = who.Name
	out.IDNo, err = model.ParseCitizenID(who.IDNo, c.today())
	return out, model.Wrap(err, model.CodeInternal, "实名信息有误，请到信用办窗口核实。")
}

// own reads the caller's account: CodeForbidden if it is suspended.
func (c *Citizens) own(ctx context.Context, p model.Principal) (*model.Account, error) {
	a, err := c.Accounts.Account(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if a.Suspended {
		return nil, errSuspended()
	}
	return a, nil
}

// Counter counts for the quality figures (policy/quality).
type Counter interface {
	Change(c quality.Change, into model.QualityCounts)
}

// person opens the sealed identity of a subject.
func (c *Citizens) person(ctx context.Context, id model.SubjectID) (model.PersonIdentity, error) {
	f, err := c.Subjects.File(ctx, id)
	if err != nil {
		return model.PersonIdentity{}, err
	}
	plain, err := c.Sealer.Open(model.SealIdentity, string(id), f.Identity)
	if err != nil {
		return model.PersonIdentity{}, err
	}
	return model.ReadIdentity(plain)
}

func (c *Citizens) today() model.Date { return model.DateOf(c.Clock.Now()) }

// Bind binds the real name: the authority confirms name and number, the person's file
// is found or made, and account and person are tied one to one. answer makes the stored
// answer of an idempotent request and may be nil.
//
// Errors: CodeIdentityBound (the account has a person, or the person another account),
// CodeForbidden under 18, CodeIdentityMismatch (also when the number is unknown: which
// of the two it was is not told), CodeLockedOut after repeated failures, CodeUpstream.
func (c *Citizens) Bind(ctx context.Context, p model.Principal, name string, id model.CitizenID, answer model.Receipt[Profile], from Caller) (Profile, error) {
	out, err := c.bind(ctx, p, strings.TrimSpace(name), id, answer, from)
	if err != nil {
		return Profile{}, refuse(ctx, c.Auditor, event(c.Clock, p, "identity.bind", "", "", from), err)
	}
	return out, nil
}

func (c *Citizens) bind(ctx context.Context, p model.Principal, name string, id model.CitizenID, answer model.Receipt[Profile], from Caller) (Profile, error) {
	a, err := c.own(ctx, p)
	if err != nil {
		return Profile{}, err
	}
	if a.Subject != "" {
		return Profile{}, errAccountBound
	}
	if n := utf8.RuneCountInString(name); n < 2 || n > maxNameRune {
		return Profile{}, model.Invalid("/name", "length", "请填写与证件一致的姓名，2–50 个字。")
	}
	if id.AgeOn(c.today()) < adult {
		return Profile{}, &model.Error{Code: model.CodeForbidden, Detail: "未满 18 周岁暂不能在线实名绑定，请由监护人陪同到信用办窗口办理。"}
	}
	if err := c.verify(ctx, a.ID, name, id); err != nil {
		return Profile{}, err
	}
	for range accountTries {
		var out Profile
		if out, err = c.tie(ctx, a, name, id, answer, from); !model.Is(err, model.CodeConflict) {
			return out, err
		}
		if a, err = c.own(ctx, p); err != nil {
			return Profile{}, err
		}
		if a.Subject != "" {
			return Profile{}, errAccountBound
		}
	}
	return Profile{}, model.Wrap(err, model.CodeUnavailable, "实名绑定暂时繁忙，请稍后重试。")
}

var errAccountBound = &model.Error{Code: model.CodeIdentityBound, Detail: "该账号已完成实名绑定，无需重复办理；如需更正请到信用办窗口办理。"}

// verify asks the authority. The attempt is counted first, against the account and against
// the number, since accounts are cheap, and taken back when the authority could not be asked.
func (c *Citizens) verify(ctx context.Context, account, name string, id model.CitizenID) error {
	l, counts := lockout{c.Attempts, c.Clock}, []struct {
		key string
		b   Backoff
	}{
		{"bind_number/" + c.Sealer.Index(model.IndexCitizenID, id.Reveal()), c.BindBackoff.or(numberBackoff)},
		{"bind/" + account, c.BindBackoff.or(bindBackoff)},
	}
	for _, n := range counts { // one that is locked adds to neither
		if err := l.check(ctx, n.key); err != nil {
			return err
		}
	}
	for _, n := range counts {
		if err := l.count(ctx, n.key, n.b); err != nil {
			return err
		}
	}
	err := c.Verifier.Verify(ctx, name, id)
	settle := l.refund
	switch model.CodeOf(err) {
	case "":
		settle = l.clear
	case model.CodeIdentityMismatch, model.CodeNotFound:
		return &model.Error{Code: model.CodeIdentityMismatch, Detail: "姓名与证件号码核验未通过，请核对后重试。", Err: err}
	default:
		ctx = context.WithoutCancel(ctx)
	}
	for _, n := range counts {
		if failed := settle(ctx, n.key); failed != nil {
			return failed
		}
	}
	return err
}

// tie writes account, person and audit entry in one batch.
func (c *Citizens) tie(ctx context.Context, old *model.Account, name string, id model.CitizenID, answer model.Receipt[Profile], from Caller) (Profile, error) {
	indexes := c.Sealer.IndexAll(model.IndexCitizenID, id.Reveal())
	now := c.Clock.Now()
	var file *model.SubjectFile
	subject, err := c.Subjects.FindPerson(ctx, indexes)
	if model.Is(err, model.CodeNotFound) {
		file, err = c.newPerson(name, id, now)
		if file != nil {
			subject = file.ID
		}
	}
	if err != nil {
		return Profile{}, err
	}
	a := *old
	a.Subject, a.BoundAt = subject, now
	out := Profile{User: citizenUser(&a), Name: name, IDNo: id, BoundAt: now, Enterprises: a.Enterprises}
	stored, err := answer.Make(out)
	if err != nil {
		return Profile{}, err
	}
	ev := event(c.Clock, citizenPrincipal(&a), "identity.bind", "bound", a.ID, from)
	err = audited(c.Auditor, ev, func(entry model.AuditEntry) error {
		return c.Accounts.BindPerson(ctx, &a, file, indexes, c.counted(file, now), entry, stored)
	})
	return out, err
}

// counted is what a new person makes of the quality figures; nil for one who is known.
func (c *Citizens) counted(file *model.SubjectFile, now time.Time) *model.QualityDelta {
	if file == nil || c.Quality == nil {
		return nil
	}
	delta := &model.QualityDelta{ID: c.IDs.Next(), Counts: model.QualityCounts{}}
	c.Quality(model.DateOf(now)).Change(quality.Change{FileAfter: file}, delta.Counts)
	return delta
}

func (c *Citizens) newPerson(name string, id model.CitizenID, now time.Time) (*model.SubjectFile, error) {
	subject := c.IDs.Person()
	plain, err := json.Marshal(model.PersonIdentity{Name: name, IDNo: id.Reveal()})
	if err != nil {
		return nil, &model.Error{Code: model.CodeInternal, Detail: "实名信息无法保存，请稍后重试。"}
	}
	sealed, err := c.Sealer.Seal(model.SealIdentity, string(subject), plain)
	if err != nil {
		return nil, err
	}
	return &model.SubjectFile{ID: subject, Kind: model.KindNaturalPerson, Identity: sealed, Adult: true, UpdatedAt: now}, nil
}
