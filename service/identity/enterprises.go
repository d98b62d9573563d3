package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"xinyi/model"
)

// Enterprise is an enterprise that a citizen may act for.
type Enterprise struct {
	USCC    string
	Name    string
	As      string // legal_representative
	BoundAt time.Time
}

const (
	asLegalRepresentative = "legal_representative"
	maxEnterprises        = 200
)

// Enterprises lists the enterprises the caller may act for, in code order.
func (c *Citizens) Enterprises(ctx context.Context, p model.Principal) ([]Enterprise, error) {
	a, err := c.own(ctx, p)
	if err != nil {
		return nil, err
	}
	out := make([]Enterprise, 0, len(a.Enterprises))
	for _, b := range a.Enterprises {
		f, err := c.Subjects.File(ctx, model.SubjectID(b.USCC))
		if err != nil {
			return nil, err
		}
		out = append(out, Enterprise{USCC: b.USCC, Name: f.Name, As: b.As, BoundAt: b.BoundAt})
	}
	return out, nil
}

// BindEnterprise lets the caller act for the enterprise whose registered legal
// representative the caller is. Binding it again gives the binding there is.
//
// Errors: CodeNotVerified before the real name is bound, CodeNotFound, CodeNotLegalRep.
func (c *Citizens) BindEnterprise(ctx context.Context, p model.Principal, uscc string, answer model.Receipt[Enterprise], from Caller) (Enterprise, error) {
	var err error
	for range accountTries {
		var out Enterprise
		if out, err = c.bindEnterprise(ctx, p, uscc, answer, from); err == nil {
			return out, nil
		}
		if !model.Is(err, model.CodeConflict) {
			return Enterprise{}, refuse(ctx, c.Auditor, event(c.Clock, p, "enterprise.bind", "", "", from), err)
		}
	}
	return Enterprise{}, model.Wrap(err, model.CodeUnavailable, "企业绑定暂时繁忙，请稍后重试。")
}

func (c *Citizens) bindEnterprise(ctx context.Context, p model.Principal, uscc string, answer model.Receipt[Enterprise], from Caller) (Enterprise, error) {
	old, err := c.own(ctx, p)
	if err != nil {
		return Enterprise{}, err
	}
	if old.Subject == "" {
		return Enterprise{}, &model.Error{Code: model.CodeNotVerified, Detail: "请先完成实名绑定，再绑定企业。"}
	}
	f, err := c.organisation(ctx, uscc)
	if err != nil {
		return Enterprise{}, err
	}
	if err := c.checkLegalRep(ctx, old.Subject, f); err != nil {
		return Enterprise{}, err
	}
	a := *old
	binding, bound := bindingOf(&a, string(f.ID))
	if !bound {
		if len(a.Enterprises) >= maxEnterprises {
			return Enterprise{}, &model.Error{Code: model.CodeCapReached, Detail: "绑定的企业数量已达上限，请到信用办窗口办理。"}
		}
		binding = model.EnterpriseBinding{USCC: string(f.ID), As: asLegalRepresentative, BoundAt: c.Clock.Now()}
		a.Enterprises = append(slices.Clone(a.Enterprises), binding)
		slices.SortFunc(a.Enterprises, func(x, y model.EnterpriseBinding) int { return strings.Compare(x.USCC, y.USCC) })
	}
	out := Enterprise{USCC: binding.USCC, Name: f.Name, As: binding.As, BoundAt: binding.BoundAt}
	stored, err := answer.Make(out)
	if err != nil {
		return Enterprise{}, err
	}
	ev := event(c.Clock, citizenPrincipal(&a), "enterprise.bind", "bound", string(f.ID), from)
	ev.Subjects = append(ev.Subjects, f.ID)
	err = audited(c.Auditor, ev, func(entry model.AuditEntry) error { return c.Accounts.SaveAccount(ctx, &a, entry, stored) })
	return out, err
}

// organisation finds an enterprise by its code or a former one; nobody else's file.
func (c *Citizens) organisation(ctx context.Context, code string) (*model.SubjectFile, error) {
	f, err := c.Subjects.File(ctx, model.SubjectID(code))
	if model.Is(err, model.CodeNotFound) {
		var id model.SubjectID
		if id, err = c.Subjects.Resolve(ctx, code); err == nil {
			f, err = c.Subjects.File(ctx, id)
		}
	}
	if err == nil && f.Kind == model.KindNaturalPerson || model.Is(err, model.CodeNotFound) {
		return nil, &model.Error{Code: model.CodeNotFound, Detail: "没有找到该企业，请核对统一社会信用代码。"}
	}
	return f, err
}

func bindingOf(a *model.Account, uscc string) (model.EnterpriseBinding, bool) {
	for _, b := range a.Enterprises {
		if b.USCC == uscc {
			return b, true
		}
	}
	return model.EnterpriseBinding{}, false
}

// checkLegalRep compares blind indexes: the register holds no clear number.
func (c *Citizens) checkLegalRep(ctx context.Context, person model.SubjectID, org *model.SubjectFile) error {
	who, err := c.person(ctx, person)
	if err != nil {
		return err
	}
	if org.Registration == nil || org.Registration.LegalRepIndex == "" ||
		!slices.Contains(c.Sealer.IndexAll(model.IndexCitizenID, who.IDNo), org.Registration.LegalRepIndex) {
		return &model.Error{Code: model.CodeNotLegalRep, Detail: "登记信息显示您不是该企业的法定代表人，请核对统一社会信用代码；登记刚变更的请在更新后再试。"}
	}
	return nil
}
