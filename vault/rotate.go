package vault

import (
	"context"
	"fmt"
	"time"

	"xinyi/model"
)

// Rotate adds a key that takes over after the lead time of its use, when every process
// and verifier knows it. Of two rotations at once one makes the key and both get it.
//
// Errors: CodeConflict while an earlier rotation still waits for its time.
func (v *Vault) Rotate(ctx context.Context, use Use) (KeyInfo, error) {
	return v.rotate(ctx, use, plans[use].lead)
}

// RotateNow is Rotate without the lead time, for a key that leaked. Processes that have
// not refreshed yet refuse what the new key signs for as long.
func (v *Vault) RotateNow(ctx context.Context, use Use) (KeyInfo, error) {
	return v.rotate(ctx, use, 0)
}

func (v *Vault) rotate(ctx context.Context, use Use, lead time.Duration) (KeyInfo, error) {
	if err := v.Refresh(ctx); err != nil {
		return KeyInfo{}, err
	}
	number := v.newest(use)
	if number == 0 {
		return KeyInfo{}, model.Errorf(model.CodeNotFound, "没有这种用途的密钥，请核对用途名称。")
	}
	if last, _ := v.info(keyID(use, number)); lead > 0 && last.State == StatePending {
		return last, model.Errorf(model.CodeConflict, "已有一把新密钥等待启用，请在其启用后再轮换。")
	}
	if number == 1<<16-1 {
		return KeyInfo{}, model.Errorf(model.CodeUnavailable, "该用途的密钥编号已用完，请联系开发单位。")
	}
	if err := v.create(ctx, use, number+1, lead); err != nil && !model.Is(err, model.CodeExists) {
		return KeyInfo{}, err
	}
	if err := v.Refresh(ctx); err != nil {
		return KeyInfo{}, err
	}
	return v.info(keyID(use, number+1))
}

// Forget destroys a retired key: its document loses the secret for good. Before that
// every field sealed under a seal key must be sealed anew, every index id under an
// index key written anew: the caller answers for that.
//
// Errors: CodeNotFound; CodeConflict if the key is pending or active.
func (v *Vault) Forget(ctx context.Context, id string) error {
	if err := v.Refresh(ctx); err != nil {
		return err
	}
	info, err := v.info(id)
	if err != nil {
		return err
	}
	if info.State == StatePending || info.State == StateActive {
		return model.Errorf(model.CodeConflict, "密钥仍在使用，请先轮换，待其退役后再销毁。")
	}
	stored, err := v.ring.Load(ctx)
	if err != nil {
		return err
	}
	for _, k := range stored {
		if k.ID == id && len(k.Wrapped) > 0 {
			k.Wrapped, k.ForgotAt = nil, v.stamp()
			if err := v.ring.Save(ctx, k); err != nil {
				return err
			}
		}
	}
	return v.Refresh(ctx)
}

// RotateMaster wraps every key of the ring under another master key. It can be
// repeated after an interruption. Processes that run meanwhile keep the keys they
// have; start them anew with the new master key and the old one in OldMasters.
func RotateMaster(ctx context.Context, ring Ring, from, to Master, policy Policy) error {
	ws, err := newWrappers(from, to)
	if err != nil {
		return err
	}
	w, err := newWrapper(to, Options{Policy: policy}.algFor(UseSeal))
	if err != nil {
		return err
	}
	stored, err := ring.Load(ctx)
	if err != nil {
		return err
	}
	for _, k := range stored {
		if len(k.Wrapped) == 0 || k.Master == to.ID() {
			continue
		}
		secret, err := ws.unwrap(k)
		if err != nil {
			return err
		}
		next := w.wrap(k, secret)
		clear(secret)
		if err := ring.Save(ctx, next); err != nil {
			return fmt.Errorf("vault: key %s: %w", k.ID, err)
		}
	}
	return nil
}
