package store

import (
	"context"

	"xinyi/model"
)

const (
	collAccounts       = "accounts"
	collAccountLogins  = "account_logins"
	collAccountPersons = "account_persons"
)

// personClaim says that a person has an account; its id is the subject.
type personClaim struct {
	Subject string `bson:"_id"`
	Account string `bson:"account"`
}

// Accounts keeps mini-program accounts, the openids that lead to them and the persons
// they are tied to.
type Accounts struct {
	driver   Driver
	accounts *Collection[model.Account]
	logins   *Collection[model.Login]
	claims   *Collection[personClaim]
	files    *Collection[model.SubjectFile]
	persons  *Collection[pointer]
	answers  *Collection[model.IdempotencyRecord]
}

// NewAccounts gives the repository.
func NewAccounts(d Driver) *Accounts {
	return &Accounts{
		driver: d,
		accounts: NewCollection(d, CollectionOptions[model.Account]{Name: collAccounts,
			ID: func(a *model.Account) string { return a.ID }, Rev: func(a *model.Account) *int64 { return &a.Rev }}),
		logins: NewCollection(d, CollectionOptions[model.Login]{Name: collAccountLogins,
			ID: func(l *model.Login) string { return l.ID }}),
		claims: NewCollection(d, CollectionOptions[personClaim]{Name: collAccountPersons,
			ID: func(p *personClaim) string { return p.Subject }}),
		files: NewCollection(d, CollectionOptions[model.SubjectFile]{Name: collSubjects,
			ID: func(f *model.SubjectFile) string { return string(f.ID) }}),
		persons: pointers(d, collPersonIndex),
		answers: answers(d),
	}
}

// Account gives one account: CodeNotFound if there is none.
func (a *Accounts) Account(ctx context.Context, id string) (*model.Account, error) {
	return a.accounts.Get(ctx, id)
}

// FindLogin gives the account of the first of the blind indexes that is known.
func (a *Accounts) FindLogin(ctx context.Context, indexes []string) (string, error) {
	found, err := a.logins.GetMany(ctx, indexes)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", ErrNotFound
	}
	return found[0].Account, nil
}

// CreateAccount writes account, logins and audit entry together: CodeExists if one of
// the logins is taken.
func (a *Accounts) CreateAccount(ctx context.Context, account *model.Account, logins []model.Login, entry model.AuditEntry) error {
	var b Batch
	b.Add(a.accounts.InsertOp(account))
	for i := range logins {
		b.Add(a.logins.InsertOp(&logins[i]))
	}
	b.AddOps(AuditOps(entry)...)
	if err := b.Apply(ctx, a.driver); err != nil {
		return err
	}
	account.Rev = 1
	return nil
}

// BindPerson writes the account at its revision, the claim that its subject has one
// account, and, when person is not nil, the new subject file with its blind indexes.
// CodeIdentityBound: the person has an account already. CodeConflict: the account
// changed or somebody created the person meanwhile. CodeExists: the idempotency key was used.
func (a *Accounts) BindPerson(ctx context.Context, account *model.Account, person *model.SubjectFile, indexes []string,
	counted *model.QualityDelta, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	b.Add(a.accounts.ReplaceOp(account))
	b.Add(a.claims.InsertOp(&personClaim{Subject: string(account.Subject), Account: account.ID}))
	if person != nil {
		b.Add(a.files.InsertOp(person))
		for _, index := range indexes {
			b.Add(a.persons.InsertOp(&pointer{ID: index, Subject: person.ID}))
		}
	}
	figures, err := QualityOps(a.driver, counted)
	if err != nil {
		return err
	}
	b.AddOps(figures...)
	addAnswer(&b, a.answers, answer)
	b.AddOps(AuditOps(entry)...)
	err = b.Apply(ctx, a.driver)
	if model.Is(err, model.CodeExists) {
		switch FailedColl(err) {
		case collAccountPersons:
			return model.Wrap(err, model.CodeIdentityBound, "该身份已绑定其他账号，请使用原账号登录；如非本人操作请到信用办窗口核实。")
		case collPersonIndex:
			return model.Wrap(err, model.CodeConflict, "档案刚被建立，请重试。")
		}
	}
	return answerError(err)
}

// SaveAccount replaces the account at its revision: CodeConflict on a lost race,
// CodeExists if the idempotency key was used.
func (a *Accounts) SaveAccount(ctx context.Context, account *model.Account, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	b.Add(a.accounts.ReplaceOp(account))
	addAnswer(&b, a.answers, answer)
	b.AddOps(AuditOps(entry)...)
	return answerError(b.Apply(ctx, a.driver))
}
