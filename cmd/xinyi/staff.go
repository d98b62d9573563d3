package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"xinyi/model"
	"xinyi/service/identity"
)

// staffRequest asks for an account.
type staffRequest struct {
	Username string `json:"username"`
	belonging
	By string `json:"by"`
}

// staffRoles sign in with a password.
var staffRoles = []model.Role{model.RoleGate, model.RoleClerk, model.RoleDepartment, model.RoleOffice, model.RoleReviewer,
	model.RoleSecurityAdmin, model.RoleAuditor}

// staffAdd makes an account for a person of the staff: without it nobody could sign in to
// a new installation.
func staffAdd(ctx context.Context, c command) error {
	var by operator
	var in staffRequest
	t := tool{name: "staff add", args: "USERNAME", keys: toolKeys,
		brief: fmt.Sprintf("新建工作人员账号，口令和动态口令密钥只显示一次。岗位: %v\nMakes a staff account; its secrets are shown once.", staffRoles),
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			in.belonging.flags(fs)
		}}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	if err := in.check(rest); err != nil {
		return usageError{err}
	}
	if err := by.check(); err != nil {
		return err
	}
	in.Username, in.By = identity.NormalUsername(rest[0]), by.id
	made, err := staffAddCall().run(ctx, cfg, toolLog(c, cfg), in)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "账号 %s（%s）已建立。", in.Username, in.Role)
	showSecrets(c, made)
	return nil
}

// showSecrets hands them to the operator, once.
func showSecrets(c command, made identity.StaffSecrets) {
	fmt.Fprintf(c.stdout, "口令只显示这一次：%s\n", made.Password)
	if made.TOTPSecret != "" {
		fmt.Fprintf(c.stdout, "请在身份验证器中登记动态口令密钥：%s\n", made.TOTPSecret)
	}
}

func (in *staffRequest) check(args []string) error {
	if len(args) != 1 || identity.NormalUsername(args[0]) == "" {
		return errors.New("请写明一个用户名")
	}
	return in.belonging.check(staffRoles)
}

func staffAddCall() adminCall[staffRequest, identity.StaffSecrets] {
	return adminCall[staffRequest, identity.StaffSecrets]{"/staff/add", func(ctx context.Context, p *platform, in staffRequest) (identity.StaffSecrets, error) {
		desk, end := p.registrar()
		defer end()
		return desk.AddStaff(ctx, operatorOf(in.By), model.Staff{Username: in.Username, Role: in.Role, Unit: in.Unit, UnitName: in.UnitName, Sites: in.Sites})
	}}
}
