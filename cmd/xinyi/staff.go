package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

// staffRequest asks for an account.
type staffRequest struct {
	Username string     `json:"username"`
	Role     model.Role `json:"role"`
	Unit     string     `json:"unit"`
	UnitName string     `json:"unitName"`
	Sites    []string   `json:"sites"`
	By       string     `json:"by"`
}

// newStaff is what the operator hands to its owner; it is shown once and kept nowhere.
type newStaff struct {
	Password   string `json:"password"`
	TOTPSecret string `json:"totpSecret"`
}

// staffRoles sign in with a password.
var staffRoles = []model.Role{model.RoleGate, model.RoleClerk, model.RoleDepartment, model.RoleOffice, model.RoleReviewer,
	model.RoleSecurityAdmin, model.RoleAuditor}

// staffAdd makes an account for a person of the staff: without it nobody could sign in to
// a new installation.
func staffAdd(ctx context.Context, c command) error {
	var by operator
	var in staffRequest
	var sites string
	t := tool{name: "staff add", args: "USERNAME", keys: toolKeys,
		brief: fmt.Sprintf("新建工作人员账号，口令和动态口令密钥只显示一次。岗位: %v\nMakes a staff account; its secrets are shown once.", staffRoles),
		flags: func(fs *flag.FlagSet) {
			by.flag(fs)
			fs.Func("role", "role of the account 岗位", func(s string) error { in.Role = model.Role(s); return nil })
			fs.StringVar(&in.Unit, "unit", "", "unified social credit code of the unit 单位代码")
			fs.StringVar(&in.UnitName, "unit-name", "", "name of the unit, as shown in access logs 单位名称")
			fs.StringVar(&sites, "sites", "", "partner sites of a gate, comma-separated 检票站点")
		}}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	in.Sites = strings.FieldsFunc(sites, func(r rune) bool { return r == ',' || r == ' ' })
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
	fmt.Fprintf(c.stdout, "账号 %s（%s）已建立。口令只显示这一次：%s\n", in.Username, in.Role, made.Password)
	if made.TOTPSecret != "" {
		fmt.Fprintf(c.stdout, "请在身份验证器中登记动态口令密钥：%s\n", made.TOTPSecret)
	}
	return nil
}

func (in *staffRequest) check(args []string) error {
	if len(args) != 1 || identity.NormalUsername(args[0]) == "" {
		return errors.New("请写明一个用户名")
	}
	if !slices.Contains(staffRoles, in.Role) {
		return fmt.Errorf("请用 --role 写明岗位: %v", staffRoles)
	}
	unit, err := model.ParseUnifiedSocialCreditCode(in.Unit)
	if err != nil || in.UnitName == "" {
		return errors.New("请用 --unit 写明单位的统一社会信用代码，用 --unit-name 写明单位名称")
	}
	in.Unit = unit.Reveal()
	if (in.Role == model.RoleGate) != (len(in.Sites) > 0) {
		return errors.New("检票岗位（gate）须用 --sites 写明站点，其他岗位不写")
	}
	return nil
}

func staffAddCall() adminCall[staffRequest, newStaff] {
	return adminCall[staffRequest, newStaff]{"/staff/add", func(ctx context.Context, p *platform, in staffRequest) (newStaff, error) {
		made := newStaff{Password: rand.Text()[:16]}
		staff := &model.Staff{ID: "staff_" + p.ids.Next(), Username: in.Username, PasswordHash: identity.HashPassword(identity.PasswordConfig{}, made.Password),
			Role: in.Role, Unit: in.Unit, UnitName: in.UnitName, Sites: in.Sites}
		if identity.NeedsTOTP(in.Role) {
			made.TOTPSecret = identity.NewTOTPSecret()
			sealed, err := p.vault.Seal(model.SealTOTP, staff.ID, []byte(made.TOTPSecret))
			if err != nil {
				return newStaff{}, err
			}
			staff.TOTPSecret = sealed
		}
		entry, err := p.audit.Begin(operatorEvent(in.By, "staff.create", staff.ID, string(in.Role)))
		if err != nil {
			return newStaff{}, err
		}
		err = store.NewSignIns(p.driver).CreateStaff(ctx, staff, entry)
		p.audit.End(entry, err)
		if model.Is(err, model.CodeExists) {
			return newStaff{}, model.Wrap(err, model.CodeExists, "该用户名已被使用，请换一个。")
		}
		return made, err
	}}
}
