package verifier

import (
	"context"
	"crypto/subtle"

	"xinyi/model"
)

// Person is one line of a register.
type Person struct {
	Name string
	ID   model.CitizenID
}

// Register is an authority in memory, for demos and tests.
type Register struct{ names map[model.CitizenID]string }

// NewRegister knows the given people; a number given twice has the later name.
func NewRegister(people []Person) *Register {
	r := &Register{names: make(map[model.CitizenID]string, len(people))}
	for _, p := range people {
		r.names[p.ID] = p.Name
	}
	return r
}

// Verify gives nil when name and number belong together. Errors: CodeIdentityMismatch
// when the number has another name, CodeNotFound when the number is not known. Callers
// must not tell their own caller which of the two it was.
func (r *Register) Verify(_ context.Context, name string, id model.CitizenID) error {
	known, ok := r.names[id]
	switch {
	case !ok:
		return &model.Error{Code: model.CodeNotFound, Detail: "登记库中没有这个证件号码，请核对后重试。"}
	case subtle.ConstantTimeCompare([]byte(known), []byte(name)) != 1:
		return mismatch()
	}
	return nil
}

func mismatch() error {
	return &model.Error{Code: model.CodeIdentityMismatch, Detail: "姓名与证件号码不一致，请核对后重试。"}
}
