package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

// registrar keeps credentials on p; end it after use.
func (p *platform) registrar() (desk *identity.Registrar, end func()) {
	revoked, stop := store.NewRevocations(p.control, p.clock)
	return &identity.Registrar{Repo: store.NewSignIns(p.driver), Accounts: store.NewAccounts(p.driver), Sealer: p.vault, Revoked: revoked,
		Auditor: p.audit, IDs: p.ids, Clock: p.clock}, stop
}

// operatorOf is the operator as a caller.
func operatorOf(by string) model.Principal {
	ev := operatorEvent(by, "", "", "")
	return model.Principal{ID: ev.ActorID, Role: ev.ActorRole, UnitName: ev.UnitName}
}

// mountAccounts answers the calls about staff, clients and sessions.
func mountAccounts(mux *http.ServeMux, p *platform, log *slog.Logger) {
	staffAddCall().mount(mux, p, log)
	staffListCall().mount(mux, p, log)
	staffSuspendCall().mount(mux, p, log)
	staffRestoreCall().mount(mux, p, log)
	staffResetCall().mount(mux, p, log)
	staffUnlockCall().mount(mux, p, log)
	clientAddCall().mount(mux, p, log)
	clientListCall().mount(mux, p, log)
	clientSuspendCall().mount(mux, p, log)
	clientRestoreCall().mount(mux, p, log)
	clientRotateCall().mount(mux, p, log)
	sessionRevokeCall().mount(mux, p, log)
}

// belonging is the role of an account and whom it works for.
type belonging struct {
	Role     model.Role `json:"role"`
	Unit     string     `json:"unit"`
	UnitName string     `json:"unitName"`
	Sites    []string   `json:"sites"`
}

func (b *belonging) flags(fs *flag.FlagSet) {
	fs.Func("role", "role of the account 岗位", func(s string) error { b.Role = model.Role(s); return nil })
	fs.StringVar(&b.Unit, "unit", "", "unified social credit code of the unit 单位代码")
	fs.StringVar(&b.UnitName, "unit-name", "", "name of the unit, as shown in access logs 单位名称")
	fs.Func("sites", "partner sites of a gate, comma-separated 检票站点", func(s string) error {
		b.Sites = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
		return nil
	})
}

func (b *belonging) check(roles []model.Role) error {
	if !slices.Contains(roles, b.Role) {
		return fmt.Errorf("请用 --role 写明岗位: %v", roles)
	}
	unit, err := model.ParseUnifiedSocialCreditCode(b.Unit)
	if err != nil || b.UnitName == "" {
		return errors.New("请用 --unit 写明单位的统一社会信用代码，用 --unit-name 写明单位名称")
	}
	b.Unit = unit.Reveal()
	if (b.Role == model.RoleGate) != (len(b.Sites) > 0) {
		return errors.New("检票岗位（gate）须用 --sites 写明站点，其他岗位不写")
	}
	return nil
}

// accountRequest names the account that somebody changes.
type accountRequest struct {
	Name string `json:"name"`
	By   string `json:"by"`
}

// accountCall is a call about one account.
func accountCall[Out any](path string, do func(ctx context.Context, desk *identity.Registrar, by model.Principal, name string) (Out, error)) adminCall[accountRequest, Out] {
	return adminCall[accountRequest, Out]{path, func(ctx context.Context, p *platform, in accountRequest) (Out, error) {
		desk, end := p.registrar()
		defer end()
		return do(ctx, desk, operatorOf(in.By), in.Name)
	}}
}

// changeAccount is the verb of such a call.
func changeAccount[Out any](ctx context.Context, c command, t tool, call adminCall[accountRequest, Out]) (name string, out Out, err error) {
	var by operator
	t.keys, t.flags = toolKeys, by.flag
	cfg, rest, err := t.read(c)
	if err != nil {
		return "", out, err
	}
	if len(rest) != 1 || strings.TrimSpace(rest[0]) == "" {
		return "", out, usageError{fmt.Errorf("请写明一个 %s", t.args)}
	}
	if err := by.check(); err != nil {
		return "", out, err
	}
	out, err = call.run(ctx, cfg, toolLog(c, cfg), accountRequest{Name: rest[0], By: by.id})
	return rest[0], out, err
}

// accountRow is an account as a list shows it: never a secret.
type accountRow struct {
	Name string `json:"name"`
	belonging
	Suspended bool   `json:"suspended"`
	Proof     string `json:"proof"`
}

// listAccounts is the verb of a list.
func listAccounts(ctx context.Context, c command, t tool, call adminCall[struct{}, []accountRow]) error {
	t.keys = toolKeys
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	rows, err := call.run(ctx, cfg, toolLog(c, cfg), struct{}{})
	if err != nil {
		return err
	}
	return printAccounts(c.stdout, rows)
}

func printAccounts(w io.Writer, rows []accountRow) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "账号 name\t岗位 role\t状态 state\t凭据 proof\t单位 unit\t单位名称 unit name\t站点 sites")
	for _, r := range rows {
		state, sites := "在用 in use", "-"
		if r.Suspended {
			state = "停用 suspended"
		}
		if len(r.Sites) > 0 {
			sites = strings.Join(r.Sites, ",")
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Role, state, r.Proof, r.Unit, r.UnitName, sites)
	}
	return tw.Flush()
}

// sessionRevoke ends what an account has signed in, everywhere.
func sessionRevoke(ctx context.Context, c command) error {
	t := tool{name: "session revoke", args: "OWNER",
		brief: "立即注销一个账号的全部登录；OWNER 是工作人员的用户名，或公众账号的编号（acct_…）。客户端请用 xinyi client suspend。\n" +
			"Ends all sessions of a member of staff (user name) or an account (acct_…) at once."}
	owner, n, err := changeAccount(ctx, c, t, sessionRevokeCall())
	if err == nil {
		fmt.Fprintf(c.stdout, "%s 的 %d 个登录已全部注销。\n", owner, n)
	}
	return err
}

func sessionRevokeCall() adminCall[accountRequest, int] {
	return accountCall("/session/revoke", func(ctx context.Context, desk *identity.Registrar, by model.Principal, name string) (int, error) {
		return desk.RevokeSessions(ctx, by, name)
	})
}
