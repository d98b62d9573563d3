package message_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	rules "xinyi/policy/message"
	"xinyi/service/message"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// platform is a channel that does what the test says and keeps what arrived.
type platform struct {
	by    model.MessageChannel
	next  func() error
	clock model.Clock
	got   map[string]int
	to    map[string]string
	at    []time.Time
}

func (p *platform) Channel() model.MessageChannel { return p.by }

func (p *platform) Send(_ context.Context, to string, m *model.Message) error {
	p.at = append(p.at, p.clock.Now())
	if p.next != nil {
		if err := p.next(); err != nil {
			return err
		}
	}
	p.got[m.ID]++
	p.to[m.ID] = to
	return nil
}

type world struct {
	*servicetest.House
	*message.Service
	store       *store.Messages
	wechat, sms *platform
	edition     *rules.Edition
	who         model.Principal
	job         model.JobState
}

var errKilled = errors.New("killed")

func open(t testing.TB) *world {
	t.Helper()
	h := servicetest.Open(t)
	person := h.Person(1, "王小明")
	h.Import(person)
	book, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	channel := func(by model.MessageChannel) *platform {
		return &platform{by: by, clock: h.Clock, got: map[string]int{}, to: map[string]string{}}
	}
	w := &world{House: h, store: store.NewMessages(h.Driver, h.Clock), wechat: channel(model.ChannelWeChat), sms: channel(model.ChannelSMS), who: h.Citizen(person)}
	w.edition, err = book.On(model.DateOf(h.Clock.Now()))
	require.NoError(t, err)
	w.Service = &message.Service{Store: w.store, Rules: book, Channels: []message.Channel{w.wechat, w.sms}, Files: h.Credit, Sealer: h.Vault, Auditor: h.Log, Clock: h.Clock,
		OpenID: func(_ context.Context, code string) (string, error) { return "o_" + code, nil }, Logins: logins{w}}
	w.job = model.JobState{Name: "messages"}
	return w
}

type logins struct{ w *world }

func (l logins) FindLogin(_ context.Context, indexes []string) (string, error) {
	if indexes[0] == l.w.Vault.IndexAll(model.IndexOpenID, "o_own")[0] {
		return l.w.who.ID, nil
	}
	return "acct_other", nil
}

// keep writes as the job does.
func (w *world) keep(ctx context.Context, write func(context.Context, model.JobState) error) error {
	err := write(ctx, w.job)
	if err == nil {
		w.job.Rev++
	}
	return err
}

func (w *world) agree(t testing.TB, in message.Contact) {
	t.Helper()
	_, err := w.Agree(t.Context(), w.who, in, nil)
	require.NoError(t, err)
}

func (w *world) remind(t testing.TB, no string, until model.Date) string {
	t.Helper()
	day := model.DateOf(w.House.Clock.Now())
	r := model.ApprovalReminder{No: no, Subject: w.who.Subject, ItemName: "食品经营许可", UnitName: "政务大厅", RemindOn: day, SupplyBy: until, Owed: 1}
	require.NoError(t, w.Remind(t.Context(), []model.ApprovalReminder{r, r}))
	return model.MessageID(w.who.Subject, day, "approval_due", no)
}

func (w *world) message(t testing.TB, id string) *model.Message {
	t.Helper()
	m, err := w.store.Message(t.Context(), id)
	require.NoError(t, err)
	return m
}

func upstream() error { return model.Errorf(model.CodeUpstream, "x") }
func refused() error  { return model.Errorf(model.CodeConsentRequired, "x") }

func TestDeliver(t *testing.T) {
	w := open(t)
	w.agree(t, message.Contact{WeChatCode: "own", Phone: "13800001234"})
	id := w.remind(t, "SP1", "2026-11-25")
	require.Equal(t, id, w.remind(t, "SP1", "2026-11-25"), "one cause, one message")
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	m := w.message(t, id)
	require.Equal(t, model.MessageSent, m.State)
	require.Equal(t, model.ChannelWeChat, m.Channel)
	require.Equal(t, "o_own", w.wechat.to[id])
	require.Empty(t, w.sms.got)
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	require.Equal(t, 1, w.wechat.got[id])

	w.wechat.next = refused
	id = w.remind(t, "SP2", "2026-11-25")
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	require.Equal(t, model.ChannelSMS, w.message(t, id).Channel, "who used the consent up gets a text")
	require.Equal(t, "13800001234", w.sms.to[id])

	w.agree(t, message.Contact{})
	id = w.remind(t, "SP3", "2026-11-25")
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	require.Equal(t, "no_contact", w.message(t, id).Failure)
	require.Equal(t, message.Stats{Sent: 2, Dead: 1}, w.Stats())

	own, _, err := w.Own(t.Context(), w.who, "", "", 10)
	require.NoError(t, err)
	require.Len(t, own, 3)
}

func TestNotice(t *testing.T) {
	w := open(t)
	c := &model.ApprovalCase{No: "SP1", Subject: w.who.Subject, State: model.ApprovalSupplying, AcceptedAt: w.House.Clock.Now(), SupplyBy: "2026-11-27", Papers: []model.CasePaper{{Code: "D01"}}}
	for state, kind := range map[model.ApprovalState]string{model.ApprovalSupplying: "approval_notice", model.ApprovalNotified: "approval_missing", model.ApprovalAccepted: ""} {
		c.State = state
		m, err := w.Notice(c)
		require.NoError(t, err)
		if kind == "" {
			require.Nil(t, m)
			continue
		}
		require.Equal(t, kind, m.Kind)
		require.Contains(t, m.Text, "1份材料")
	}
}

func TestContact_sealed(t *testing.T) {
	w := open(t)
	w.agree(t, message.Contact{WeChatCode: "own", Phone: "13800001234"})
	doc, err := w.Driver.Get(t.Context(), "message_contacts", string(w.who.Subject))
	require.NoError(t, err)
	require.NotContains(t, string(doc.Body), "13800001234")
	require.NotContains(t, string(doc.Body), "o_own")
	_, err = w.Agree(t.Context(), w.who, message.Contact{WeChatCode: "other"}, nil)
	require.True(t, model.Is(err, model.CodeForbidden))
	_, err = w.Agree(t.Context(), w.who, message.Contact{Phone: "123"}, nil)
	require.True(t, model.Is(err, model.CodeInvalidRequest))
	_, err = w.Agree(t.Context(), model.Principal{ID: "acct_x", Role: model.RoleCitizen}, message.Contact{}, nil)
	require.True(t, model.Is(err, model.CodeNotVerified))
	require.Equal(t, "agreed", w.Log.Seen("message.agree")[0].Outcome)
}

func TestRevive(t *testing.T) {
	w := open(t)
	office := model.Principal{ID: "office1", Role: model.RoleOffice}
	id := w.remind(t, "SP1", "2026-11-25")
	_, err := w.Revive(t.Context(), office, id, nil)
	require.True(t, model.Is(err, model.CodeNotReady))
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	dead, _, err := w.Outbox(t.Context(), office, model.MessageDead, "", 10)
	require.NoError(t, err)
	require.Len(t, dead, 1)
	w.agree(t, message.Contact{Phone: "13800001234"})
	_, err = w.Revive(t.Context(), office, id, nil)
	require.NoError(t, err)
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	require.Equal(t, model.MessageSent, w.message(t, id).State)
	_, err = w.Revive(t.Context(), office, id+"x", nil)
	require.True(t, model.Is(err, model.CodeNotFound))

	late := w.remind(t, "SP2", "2026-11-22")
	w.House.Clock.Pass(48 * time.Hour)
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	require.Equal(t, "too_late", w.message(t, late).Failure)
	_, err = w.Revive(t.Context(), office, late, nil)
	require.True(t, model.Is(err, model.CodeNotReady))
}

// What a representative agreed for an enterprise ends with the representation: the next one
// must agree anew.
func TestDeliver_formerRepresentative(t *testing.T) {
	w := open(t)
	person, org := w.Person(1, "王小明"), w.Org("MA00A990")
	org.LegalRep, org.LegalRepIDNo = person.Name, person.IDNo
	w.Import(org)
	account := &model.Account{ID: w.who.ID, Subject: w.who.Subject, Enterprises: []model.EnterpriseBinding{{USCC: org.USCC, As: "legal_representative"}}}
	entry, err := w.Log.Begin(model.AuditEvent{Action: "test"})
	require.NoError(t, err)
	require.NoError(t, store.NewAccounts(w.Driver).CreateAccount(t.Context(), account, nil, entry))
	w.agree(t, message.Contact{USCC: org.USCC, Phone: "13800001234"})
	send := func(no string) *model.Message {
		r := model.ApprovalReminder{No: no, Subject: model.SubjectID(org.USCC), ItemName: "食品经营许可", UnitName: "政务大厅", RemindOn: "2026-11-22", SupplyBy: "2026-11-25", Owed: 1}
		require.NoError(t, w.Remind(t.Context(), []model.ApprovalReminder{r}))
		require.NoError(t, w.Deliver(t.Context(), w.keep))
		return w.message(t, model.MessageID(r.Subject, r.RemindOn, "approval_due", no))
	}
	require.Equal(t, model.MessageSent, send("SP1").State)
	w.Change(model.SubjectID(org.USCC), func(f *model.SubjectFile) {
		changed := *f.Registration
		changed.LegalRepIndex = "somebody else"
		f.Registration = &changed
	})
	m := send("SP2")
	require.Equal(t, model.MessageDead, m.State)
	require.Equal(t, "no_contact", m.Failure)
	require.Len(t, w.sms.got, 1)
}

// A sender that lost its lease cannot mark: its state has moved.
func TestDeliver_fenced(t *testing.T) {
	w := open(t)
	w.agree(t, message.Contact{Phone: "13800001234"})
	id := w.remind(t, "SP1", "2026-11-25")
	jobs := store.NewJobs(w.Driver, w.House.Clock)
	require.NoError(t, jobs.Save(t.Context(), w.job)) // somebody else began
	err := w.Deliver(t.Context(), w.keep)
	require.True(t, model.Is(err, model.CodeConflict), err)
	require.Equal(t, model.MessageWaiting, w.message(t, id).State)
	w.job.Rev = 1
	require.NoError(t, w.Deliver(t.Context(), w.keep))
	require.Equal(t, 2, w.sms.got[id], "sent twice under one id")
}

// TestOutbox_model drives the outbox through failures, deaths between sending and marking,
// time and revivals, and holds it to what must always be true.
func TestOutbox_model(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := open(t)
		w.agree(t, message.Contact{WeChatCode: "own", Phone: "13800001234"})
		office := model.Principal{ID: "office1", Role: model.RoleOffice}
		var ids []string
		killed, revived := map[string]int{}, map[string]int{}
		outcome := func() error {
			return []error{nil, nil, upstream(), upstream(), refused()}[rapid.IntRange(0, 4).Draw(rt, "outcome")]
		}
		w.wechat.next, w.sms.next = outcome, outcome
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0:
				ids = append(ids, w.remind(t, "SP"+strconv.Itoa(len(ids)), "2027-01-31"))
			case 1:
				w.House.Clock.Pass(time.Duration(rapid.IntRange(1, 600).Draw(rt, "minutes")) * time.Minute)
			case 2:
				require.NoError(t, w.Deliver(t.Context(), w.keep))
			case 3: // dies after it sent, before it marked
				before := map[string]int{}
				for _, id := range ids {
					before[id] = w.wechat.got[id] + w.sms.got[id]
				}
				err := w.Deliver(t.Context(), func(context.Context, func(context.Context, model.JobState) error) error { return errKilled })
				require.True(t, err == nil || errors.Is(err, errKilled))
				for _, id := range ids {
					killed[id] += w.wechat.got[id] + w.sms.got[id] - before[id]
				}
			case 4:
				dead, _, err := w.Outbox(t.Context(), office, model.MessageDead, "", 100)
				require.NoError(t, err)
				for _, m := range dead {
					_, err := w.Revive(t.Context(), office, m.ID, nil)
					require.NoError(t, err)
					revived[m.ID]++
				}
			}
		}
		w.wechat.next, w.sms.next = nil, nil
		for range 20 { // every message comes to an end
			w.House.Clock.Pass(10 * time.Hour)
			require.NoError(t, w.Deliver(t.Context(), w.keep))
		}
		for _, id := range ids {
			m, got := w.message(t, id), w.wechat.got[id]+w.sms.got[id]
			require.LessOrEqual(t, m.Attempts, w.edition.Retry.Attempts)
			switch m.State {
			case model.MessageSent:
				require.Equal(t, 1+killed[id], got, "once, and once more for each death")
				require.Empty(t, m.Queue)
			case model.MessageDead:
				require.Equal(t, killed[id], got, "never marked")
			default:
				t.Fatalf("still %s", m.State)
			}
		}
		for _, at := range append(w.wechat.at, w.sms.at...) {
			require.True(t, w.edition.Allowed(at, false).Equal(at), "sent in quiet hours: %v", at)
		}
	})
}
