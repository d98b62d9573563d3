package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

// clientRoles have tokens by client credentials.
var clientRoles = []model.Role{model.RoleBank, model.RoleGate}

// clientRequest asks for a client, or for another key of one.
type clientRequest struct {
	ID string `json:"id"`
	belonging
	identity.ClientKey
	By string `json:"by"`
}

// keyFlag reads public keys from files; private parts are refused where they are taken in.
func (in *clientRequest) keyFlag(fs *flag.FlagSet) {
	fs.Func("public-key", "file with a public key (JWK) instead of a secret, may be repeated 公钥文件，可重复", func(path string) error {
		raw, err := os.ReadFile(path)
		if err == nil {
			err = identity.CheckClientKey(string(raw))
		}
		in.PublicKeys = append(in.PublicKeys, strings.TrimSpace(string(raw)))
		return err
	})
}

// clientAdd makes a client of a bank or a gate: without it nobody but a demo has one.
func clientAdd(ctx context.Context, c command) error {
	var in clientRequest
	t := tool{name: "client add",
		brief: fmt.Sprintf("新建客户端，密钥只显示一次；用 --public-key 时不生成密钥（private_key_jwt）。岗位: %v\nMakes a client; its secret is shown once.", clientRoles),
		flags: func(fs *flag.FlagSet) {
			in.belonging.flags(fs)
			in.keyFlag(fs)
		}}
	return in.run(ctx, c, t, clientAddCall(), func() error { return in.belonging.check(clientRoles) })
}

func clientAddCall() adminCall[clientRequest, string] {
	return adminCall[clientRequest, string]{"/client/add", func(ctx context.Context, p *platform, in clientRequest) (string, error) {
		desk, end := p.registrar()
		defer end()
		row := model.Client{ID: in.ID, Role: in.Role, Unit: in.Unit, UnitName: in.UnitName, Sites: in.Sites}
		return desk.AddClient(ctx, operatorOf(in.By), row, in.ClientKey)
	}}
}

// clientRotate replaces what a client proves itself with, when it leaked or was lost.
func clientRotate(ctx context.Context, c command) error {
	var in clientRequest
	t := tool{name: "client rotate",
		brief: "更换客户端的密钥，只显示一次；旧密钥（和旧公钥）立即作废，已签发的令牌至多再用 15 分钟，密钥泄露时请先 client suspend。\n" +
			"Replaces the secret or the public keys of a client; all earlier ones are void.",
		flags: in.keyFlag}
	return in.run(ctx, c, t, clientRotateCall(), func() error { return nil })
}

func clientRotateCall() adminCall[clientRequest, string] {
	return adminCall[clientRequest, string]{"/client/rotate", func(ctx context.Context, p *platform, in clientRequest) (string, error) {
		desk, end := p.registrar()
		defer end()
		return desk.RotateClient(ctx, operatorOf(in.By), in.ID, in.ClientKey)
	}}
}

// run is the verb of a call that gives a secret.
func (in *clientRequest) run(ctx context.Context, c command, t tool, call adminCall[clientRequest, string], check func() error) error {
	var by operator
	own := t.flags
	t.args, t.keys, t.flags = "ID", toolKeys, func(fs *flag.FlagSet) {
		by.flag(fs)
		own(fs)
	}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{errors.New("请写明一个客户端编号")}
	}
	if err := check(); err != nil {
		return usageError{err}
	}
	if err := by.check(); err != nil {
		return err
	}
	in.ID, in.By = rest[0], by.id
	secret, err := call.run(ctx, cfg, toolLog(c, cfg), *in)
	switch {
	case err != nil:
		return err
	case secret == "":
		fmt.Fprintf(c.stdout, "客户端 %s 今后凭所给的 %d 把公钥取令牌。\n", in.ID, len(in.PublicKeys))
	default:
		fmt.Fprintf(c.stdout, "客户端 %s 的密钥只显示这一次：%s\n", in.ID, secret)
	}
	return nil
}

// clientList shows every client, never a secret.
func clientList(ctx context.Context, c command) error {
	return listAccounts(ctx, c, tool{name: "client list", brief: "列出客户端，不含秘密。\nLists clients; never a secret."}, clientListCall())
}

func clientListCall() adminCall[struct{}, []accountRow] {
	return adminCall[struct{}, []accountRow]{"/client/list", func(ctx context.Context, p *platform, _ struct{}) ([]accountRow, error) {
		all, err := store.NewSignIns(p.driver).AllClients(ctx)
		rows := make([]accountRow, 0, len(all))
		for _, cl := range all {
			proof := "密钥 secret"
			if len(cl.PublicKeys) > 0 {
				proof = "公钥 public key"
			}
			rows = append(rows, accountRow{Name: cl.ID, belonging: belonging{cl.Role, cl.Unit, cl.UnitName, cl.Sites}, Suspended: cl.Suspended, Proof: proof})
		}
		return rows, err
	}}
}

// clientSuspend shuts a client out.
func clientSuspend(ctx context.Context, c command) error {
	t := tool{name: "client suspend", args: "ID",
		brief: "停用客户端：不再签发令牌，已签发的立即失效。\nShuts a client out; its tokens are refused at once."}
	id, _, err := changeAccount(ctx, c, t, clientSuspendCall())
	if err == nil {
		fmt.Fprintf(c.stdout, "客户端 %s 已停用，令牌已失效。\n", id)
	}
	return err
}

func clientSuspendCall() adminCall[accountRequest, struct{}] {
	return accountCall("/client/suspend", func(ctx context.Context, desk *identity.Registrar, by model.Principal, id string) (struct{}, error) {
		return struct{}{}, desk.SuspendClient(ctx, by, id)
	})
}

// clientRestore takes a suspension back.
func clientRestore(ctx context.Context, c command) error {
	t := tool{name: "client restore", args: "ID",
		brief: "恢复停用的客户端；停用前签发、尚未到期的令牌也恢复，密钥泄露时请等 15 分钟。\n" +
			"Lets a suspended client in again, and tokens of before that have not expired."}
	id, _, err := changeAccount(ctx, c, t, clientRestoreCall())
	if err == nil {
		fmt.Fprintf(c.stdout, "客户端 %s 已恢复。\n", id)
	}
	return err
}

func clientRestoreCall() adminCall[accountRequest, struct{}] {
	return accountCall("/client/restore", func(ctx context.Context, desk *identity.Registrar, by model.Principal, id string) (struct{}, error) {
		return struct{}{}, desk.RestoreClient(ctx, by, id)
	})
}
