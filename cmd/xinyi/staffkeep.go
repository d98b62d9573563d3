package main

import (
	"context"
	"fmt"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

// staffList shows every account of the staff, never a secret.
func staffList(ctx context.Context, c command) error {
	return listAccounts(ctx, c, tool{name: "staff list", brief: "列出工作人员账号，不含秘密。\nLists staff accounts; never a secret."}, staffListCall())
}

func staffListCall() adminCall[struct{}, []accountRow] {
	return adminCall[struct{}, []accountRow]{"/staff/list", func(ctx context.Context, p *platform, _ struct{}) ([]accountRow, error) {
		all, err := store.NewSignIns(p.driver).AllStaff(ctx)
		rows := make([]accountRow, 0, len(all))
		for _, st := range all {
			proof := "口令 password"
			if len(st.TOTPSecret) > 0 {
				proof = "口令+动态口令 password+otp"
			}
			rows = append(rows, accountRow{Name: st.Username, belonging: belonging{st.Role, st.Unit, st.UnitName, st.Sites}, Suspended: st.Suspended, Proof: proof})
		}
		return rows, err
	}}
}

// staffSuspend shuts a member of staff out: who left must not sign in any more.
func staffSuspend(ctx context.Context, c command) error {
	t := tool{name: "staff suspend", args: "USERNAME",
		brief: "停用工作人员账号：不能再登录，已有的登录立即失效。\nShuts a member of staff out; what is signed in ends at once."}
	name, n, err := changeAccount(ctx, c, t, staffSuspendCall())
	if err == nil {
		fmt.Fprintf(c.stdout, "账号 %s 已停用，%d 个登录已注销。\n", name, n)
	}
	return err
}

func staffSuspendCall() adminCall[accountRequest, int] {
	return accountCall("/staff/suspend", func(ctx context.Context, desk *identity.Registrar, by model.Principal, name string) (int, error) {
		return desk.SuspendStaff(ctx, by, name)
	})
}

// staffRestore takes a suspension back.
func staffRestore(ctx context.Context, c command) error {
	t := tool{name: "staff restore", args: "USERNAME",
		brief: "恢复停用的工作人员账号；停用前的登录不恢复。\nLets a suspended member of staff sign in again; earlier sessions stay ended."}
	name, _, err := changeAccount(ctx, c, t, staffRestoreCall())
	if err == nil {
		fmt.Fprintf(c.stdout, "账号 %s 已恢复，可以登录。\n", name)
	}
	return err
}

func staffRestoreCall() adminCall[accountRequest, struct{}] {
	return accountCall("/staff/restore", func(ctx context.Context, desk *identity.Registrar, by model.Principal, name string) (struct{}, error) {
		return struct{}{}, desk.RestoreStaff(ctx, by, name)
	})
}

// staffReset replaces what a member of staff signs in with.
func staffReset(ctx context.Context, c command) error {
	t := tool{name: "staff reset", args: "USERNAME",
		brief: "重置口令（和动态口令密钥），只显示一次；注销已有的登录，解除锁定，不恢复停用。\n" +
			"Replaces the password and the one-time secret, shown once; ends sessions and lifts the lock, not a suspension."}
	name, made, err := changeAccount(ctx, c, t, staffResetCall())
	if err == nil {
		fmt.Fprintf(c.stdout, "账号 %s 已重置。", name)
		showSecrets(c, made)
	}
	return err
}

func staffResetCall() adminCall[accountRequest, identity.StaffSecrets] {
	return accountCall("/staff/reset", func(ctx context.Context, desk *identity.Registrar, by model.Principal, name string) (identity.StaffSecrets, error) {
		return desk.ResetStaff(ctx, by, name)
	})
}

// staffUnlock lets a member of staff try again who was locked out by failures, their own or
// somebody else's.
func staffUnlock(ctx context.Context, c command) error {
	t := tool{name: "staff unlock", args: "USERNAME",
		brief: "解除因多次失败造成的登录锁定。\nForgets the failures counted against a user name."}
	name, n, err := changeAccount(ctx, c, t, staffUnlockCall())
	switch {
	case err != nil:
		return err
	case n == 0:
		fmt.Fprintf(c.stdout, "账号 %s 没有失败记录，未被锁定。\n", name)
	default:
		fmt.Fprintf(c.stdout, "账号 %s 的登录锁定已解除。\n", name)
	}
	return nil
}

func staffUnlockCall() adminCall[accountRequest, int] {
	return accountCall("/staff/unlock", func(ctx context.Context, desk *identity.Registrar, by model.Principal, name string) (int, error) {
		return desk.UnlockStaff(ctx, by, name)
	})
}
