package benefit

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
)

// Files gives files whose summary and judgement are true now.
type Files interface {
	Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error)
	// Stamp tells what Fresh would give now, without reading the whole file.
	Stamp(ctx context.Context, id model.SubjectID) (model.Stamp, error)
	// RulesOf is the Rules of a stamp of such a subject's file on a day.
	RulesOf(kind model.SubjectKind, levelOptIn bool, day model.Date) string
}

// Rules gives the rule book in force.
type Rules interface{ Book() *benefit.Book }

// Passes makes and reads passes.
type Passes interface {
	Mint(ctx context.Context, holder model.SubjectID, claims pass.Claims) (string, error)
	Verify(text string, now time.Time) (pass.Claims, error)
	VerifyOffline(text string, at time.Time) (pass.Claims, error)
	Holder(claims pass.Claims) (model.SubjectID, error)
}

// Store keeps counters and redemptions.
type Store interface {
	// Usage is zero (Rev 0) before the first use.
	Usage(ctx context.Context, holder model.SubjectID, code string) (model.Usage, error)
	Used(ctx context.Context, passID string) (bool, error)
	// Watch marks file and counters before they are read; Unchanged says later that they need not
	// be read again. The zero mark, and no, where the engine cannot tell.
	Watch(holder model.SubjectID, codes ...string) model.Mark
	Unchanged(m model.Mark) bool
	// Redeem writes everything or nothing: CodePassUsed, CodeExists for a used
	// idempotency key, CodeConflict when the counters moved.
	Redeem(ctx context.Context, w model.RedemptionWrite) error
	// KeepDifference writes what was paid too little for a redemption: CodeConflict when it moved.
	KeepDifference(ctx context.Context, r model.Redemption, entry model.AuditEntry) error
	KeepAnswer(ctx context.Context, entry model.AuditEntry, answer *model.IdempotencyRecord) error
	// UsedBy gives the redemption that used a pass: CodeNotFound if none did.
	UsedBy(ctx context.Context, passID string) (*model.Redemption, error)
	ByIDs(ctx context.Context, ids []string) ([]*model.Redemption, error)
	// Reverse writes everything or nothing: CodeConflict when redemption or counters moved.
	Reverse(ctx context.Context, w model.ReversalWrite) error
	// KeepDuplicate gives CodeExists for one that was kept before.
	KeepDuplicate(ctx context.Context, u model.DuplicateUse, entry model.AuditEntry) error
	Duplicates(ctx context.Context, site string, day model.Date) (count int, differenceFen int64, err error)
	UsedSince(ctx context.Context, site string, day model.Date, since time.Time) (passes []string, err error)
	Redemptions(ctx context.Context, site string, day model.Date, after string, limit int) ([]*model.Redemption, string, error)
	Totals(ctx context.Context, site string, day model.Date) (count, reversed int, err error)
	DayBook
}

// Sealer opens sealed identities and seals what people write.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
}

// MACs authenticate the key of an attempt to redeem a pass.
type MACs interface {
	MAC(purpose string, data []byte) ([]byte, error)
	CheckMAC(purpose string, data, mac []byte) bool
}

// Auditor records decisions; see model.AuditEvent.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Note(ev model.AuditEvent)
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Service decides about benefits. All exported fields are required.
type Service struct {
	Files   Files
	Rules   Rules
	Passes  Passes
	Store   Store
	Sealer  Sealer
	MACs    MACs
	Auditor Auditor
	IDs     *model.IDs
	Clock   model.Clock
	// Issuer and Counters serve gates without a network.
	Issuer   Issuer
	Counters Counters
	Budgets  Budgets

	turns    turns
	holders  holders
	verdicts verdicts
	bundles  bundles
	places   places
	hands    hands
}

// facts reads what the rules may ask about the holder.
func facts(f *model.SubjectFile, at time.Time) benefit.Facts {
	out := benefit.FactsOf(f, at)
	barred := false // no bar for misuse stands in a file: nobody has decided one
	out.Barred = &barred
	out.ConsentPurposes = []model.Purpose{}
	for i := range f.Consents {
		c := &f.Consents[i]
		out.ValidUntil = model.Sooner(out.ValidUntil, c.Turns(at))
		if c.Live(c.Recipient, c.Purpose, at) && !slices.Contains(out.ConsentPurposes, c.Purpose) {
			out.ConsentPurposes = append(out.ConsentPurposes, c.Purpose)
		}
	}
	return out
}

// holderMasked opens the holder's name and masks it.
func (s *Service) holderMasked(f *model.SubjectFile) (string, error) {
	plain, err := s.Sealer.Open(model.SealIdentity, string(f.ID), f.Identity)
	if err != nil {
		return "", model.Wrap(err, model.CodeInternal, "档案暂时无法解密，请稍后重试。")
	}
	identity, err := model.ReadIdentity(plain)
	return model.MaskName(identity.Name), err
}

func (s *Service) event(p model.Principal, action string, holder model.SubjectID, d *model.Decision) model.AuditEvent {
	ev := model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName,
		Action: action, Purpose: model.PurposeBenefitCheck, RequestID: p.RequestID}
	if holder != "" {
		ev.Subjects = []model.SubjectID{holder}
	}
	if d != nil {
		ev.RuleVersion, ev.Outcome = d.RuleVersion, string(d.Outcome)
	}
	return ev
}

// turns lets redemptions of one holder on this process go one after the other, so that
// a crowd at one holder does not lose races for nothing. Other processes are held off
// by the counters' revision.
type turns struct {
	once sync.Once
	seed maphash.Seed
	mu   [256]sync.Mutex
}

func (t *turns) of(holder model.SubjectID) *sync.Mutex {
	t.once.Do(func() { t.seed = maphash.MakeSeed() })
	return &t.mu[maphash.String(t.seed, string(holder))%uint64(len(t.mu))]
}
