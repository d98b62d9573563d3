package message

import (
	"context"
	"regexp"
	"strconv"

	"xinyi/model"
)

// Remind takes reminders of approval cases into the outbox (补齐材料提醒).
func (s *Service) Remind(ctx context.Context, due []model.ApprovalReminder) error {
	list := make([]model.Message, len(due))
	for i, r := range due {
		var err error
		if list[i], err = s.Compose(Draft{Subject: r.Subject, Kind: "approval_due", Day: r.RemindOn, Ref: r.No, Until: r.SupplyBy,
			Values: map[string]string{"unit": r.UnitName, "item": r.ItemName, "owed": strconv.Itoa(r.Owed), "day": string(r.SupplyBy)}}); err != nil {
			return err
		}
	}
	return s.Store.Enqueue(ctx, list)
}

// Notice tells an applicant what is owed for a case that was just accepted (一次性告知).
func (s *Service) Notice(c *model.ApprovalCase) (*model.Message, error) {
	d := Draft{Subject: c.Subject, Kind: "approval_notice", Day: model.DateOf(c.AcceptedAt), Ref: c.No, Until: c.SupplyBy,
		Values: map[string]string{"unit": c.UnitName, "item": c.ItemName, "owed": strconv.Itoa(len(c.Owed())), "day": string(c.SupplyBy)}}
	switch c.State {
	case model.ApprovalSupplying:
	case model.ApprovalNotified:
		d.Kind = "approval_missing"
	default:
		return nil, nil //nolint:nilnil // nothing is owed, nothing to tell
	}
	m, err := s.Compose(d)
	return &m, err
}

// RemindOfPromises takes reminders of credit promises into the outbox (履约提醒).
func (s *Service) RemindOfPromises(ctx context.Context, due []*model.Commitment) error {
	list := make([]model.Message, len(due))
	for i, c := range due {
		var err error
		if list[i], err = s.Compose(Draft{Subject: c.Subject, Kind: "promise_due", Day: c.ValidTo, Ref: c.Code, Until: c.ValidTo,
			Values: map[string]string{"unit": c.UnitName, "code": c.Code, "day": string(c.ValidTo)}}); err != nil {
			return err
		}
	}
	return s.Store.Enqueue(ctx, list)
}

// ListStep tells an organisation where its listing stands (名单告知).
func (s *Service) ListStep(c *model.ListCase) (*model.Message, error) {
	kind := map[model.ListState]string{model.ListDraft: "list_notice", model.ListPublished: "list_published", model.ListRemoved: "list_removed",
		model.ListWithdrawn: "list_dropped"}[c.State]
	m, err := s.Compose(Draft{Subject: c.USCC, Kind: kind, Ref: c.ID,
		Values: map[string]string{"unit": c.UnitName, "list": c.Title, "day": string(c.NoticedOn), "until": string(c.WindowEnds)}})
	// A step can be taken again, each time with another revision of the case.
	m.ID = model.MessageID(c.USCC, model.DateOf(c.UpdatedAt), kind, c.ID+"-"+strconv.FormatInt(c.Rev, 10))
	return &m, err
}

// reader gives whose messages the caller may see: their own, or an enterprise's they represent.
func (s *Service) reader(ctx context.Context, p model.Principal, uscc string) (model.SubjectID, error) {
	if p.Subject == "" {
		return "", model.Errorf(model.CodeNotVerified, "请先完成实名认证，再查看或设置消息。")
	}
	if uscc == "" {
		return p.Subject, nil
	}
	f, _, err := s.Files.EnterpriseCredit(ctx, p, uscc)
	if err != nil {
		return "", err
	}
	return f.ID, nil
}

func (s *Service) event(p model.Principal, action, outcome string, subjects ...model.SubjectID) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Outcome: outcome, Subjects: subjects, RequestID: p.RequestID}
}

// Own gives the messages of the caller, or of an enterprise they represent, newest first. The
// view is noted without waiting.
func (s *Service) Own(ctx context.Context, p model.Principal, uscc, after string, limit int) ([]*model.Message, string, error) {
	id, err := s.reader(ctx, p, uscc)
	if err != nil {
		return nil, "", err
	}
	found, next, err := s.Store.MessagesOf(ctx, id, after, limit)
	if err != nil {
		return nil, "", err
	}
	ev := s.event(p, "own_messages.view", "shown", id)
	ev.Purpose, ev.Shown = model.PurposeSelfView, []string{"messages"}
	s.Auditor.Note(ev)
	return found, next, nil
}

// Contact gives where the caller, or an enterprise they represent, agreed to be written to; the
// zero value before anybody did. The view is noted without waiting.
func (s *Service) Contact(ctx context.Context, p model.Principal, uscc string) (model.MessageContact, error) {
	id, err := s.reader(ctx, p, uscc)
	if err != nil {
		return model.MessageContact{}, err
	}
	c, err := s.Store.Contact(ctx, id)
	if err != nil {
		return c, err
	}
	ev := s.event(p, "own_messages.view", "shown", id)
	ev.Purpose, ev.Shown = model.PurposeSelfView, []string{"contact"}
	s.Auditor.Note(ev)
	return c, nil
}

// Contact is where a citizen agrees to be written to; what is "" is withdrawn.
type Contact struct {
	USCC       string // of the enterprise; "" = the caller
	WeChatCode string // of wx.login, after wx.requestSubscribeMessage
	Phone      string
}

var phoneForm = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// Agree replaces the addresses of the caller, or of an enterprise they represent.
// CodeForbidden when the WeChat user is not the caller, CodeInvalidRequest for a phone number
// that is none, errors of the code exchange.
func (s *Service) Agree(ctx context.Context, p model.Principal, in Contact, receipt model.Receipt[model.MessageContact]) (out model.MessageContact, err error) {
	id, err := s.reader(ctx, p, in.USCC)
	if err != nil {
		return out, err
	}
	if in.Phone != "" && !phoneForm.MatchString(in.Phone) {
		return out, model.Invalid("/phone", "format", "应为 11 位手机号码。")
	}
	openID := ""
	if in.WeChatCode != "" { // good once: asked before the races begin
		if openID, err = s.ownOpenID(ctx, p, in.WeChatCode); err != nil {
			return out, err
		}
	}
	err = model.Retry(ctx, func() error {
		out, err = s.agree(ctx, p, id, openID, in.Phone, receipt)
		return err
	})
	return out, err
}

func (s *Service) ownOpenID(ctx context.Context, p model.Principal, code string) (string, error) {
	openID, err := s.OpenID(ctx, code)
	if model.Is(err, model.CodeInvalidCredentials) {
		return "", model.Invalid("/wechatCode", "used", "微信凭证无效或已使用，请重新订阅。")
	}
	if err != nil {
		return "", err
	}
	account, err := s.Logins.FindLogin(ctx, s.Sealer.IndexAll(model.IndexOpenID, openID))
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return "", err
	}
	if account != p.ID {
		return "", model.Errorf(model.CodeForbidden, "订阅消息的微信与登录账号不是同一个，请用登录的微信订阅。")
	}
	return openID, nil
}

func (s *Service) agree(ctx context.Context, p model.Principal, id model.SubjectID, openID, phone string, receipt model.Receipt[model.MessageContact]) (model.MessageContact, error) {
	c, err := s.Store.Contact(ctx, id)
	if err != nil {
		return c, err
	}
	c.Account, c.AgreedAt, c.PhoneMasked = p.ID, s.now(), model.MaskPhone(phone)
	ev := s.event(p, "message.agree", "withdrawn", id)
	for _, a := range []struct {
		by   model.MessageChannel
		to   string
		into *model.Sealed
	}{{model.ChannelWeChat, openID, &c.WeChat}, {model.ChannelSMS, phone, &c.Phone}} {
		if *a.into = nil; a.to == "" {
			continue
		}
		if *a.into, err = s.Sealer.Seal(model.SealContact, sealedAs(id, a.by), []byte(a.to)); err != nil {
			return c, err
		}
		ev.Outcome, ev.Shown = "agreed", append(ev.Shown, string(a.by))
	}
	answer, err := receipt.Make(c)
	if err != nil {
		return c, err
	}
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return c, err
	}
	err = s.Store.SaveContact(ctx, &c, entry, answer)
	s.Auditor.End(entry, err)
	return c, err
}

// Outbox gives the messages that wait, or the dead letters newest first, to the office, logged
// before it is answered.
func (s *Service) Outbox(ctx context.Context, p model.Principal, queue model.MessageState, after string, limit int) ([]*model.Message, string, error) {
	found, next, err := s.Store.Queued(ctx, queue, after, limit)
	if err != nil {
		return nil, "", err
	}
	ev := s.event(p, "message.list", "shown")
	seen := map[model.SubjectID]bool{}
	for _, m := range found {
		if !seen[m.Subject] {
			seen[m.Subject] = true
			ev.Subjects = append(ev.Subjects, m.Subject)
		}
	}
	ev.Ref, ev.Shown = string(queue), []string{"messages"}
	return found, next, s.Auditor.Record(ctx, ev)
}

// Revive has a dead letter sent again, from the first try on. CodeNotFound, and CodeNotReady for
// a message that is not dead or would come too late.
func (s *Service) Revive(ctx context.Context, p model.Principal, id string, receipt model.Receipt[model.Message]) (out model.Message, err error) {
	err = model.Retry(ctx, func() error {
		out, err = s.revive(ctx, p, id, receipt)
		return err
	})
	return out, err
}

func (s *Service) revive(ctx context.Context, p model.Principal, id string, receipt model.Receipt[model.Message]) (model.Message, error) {
	stored, err := s.Store.Message(ctx, id)
	if model.Is(err, model.CodeNotFound) {
		return model.Message{}, model.Errorf(model.CodeNotFound, "没有这条消息，请从死信清单中选择。")
	}
	if err != nil {
		return model.Message{}, err
	}
	m, now := *stored, s.now()
	if m.State != model.MessageDead {
		return m, model.Errorf(model.CodeNotReady, "这条消息不是死信，不必重新发送。")
	}
	if !m.UselessAt.IsZero() && !now.Before(m.UselessAt) {
		return m, model.Errorf(model.CodeNotReady, "这条消息的期限已过，重新发送没有意义，请直接联系当事人。")
	}
	m.State, m.Queue, m.Attempts, m.Failure = model.MessageWaiting, string(model.MessageWaiting), 0, ""
	m.NextAt = now
	answer, err := receipt.Make(m)
	if err != nil {
		return m, err
	}
	ev := s.event(p, "message.retry", "waiting", m.Subject)
	ev.Ref = m.Ref
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return m, err
	}
	err = s.Store.Revive(ctx, &m, entry, answer)
	s.Auditor.End(entry, err)
	return m, err
}
