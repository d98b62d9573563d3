package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"xinyi/model"
	"xinyi/policy/loan"
	"xinyi/service/identity"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/store"
)

// demoPerson is a citizen of the demo: how the person stands and what the account is.
type demoPerson struct {
	level string // what the records below add up to
	optIn bool
	bound bool
	// honours is how many city honours, hours how much volunteering the person has.
	honours, hours int
	penalty        model.Severity
}

// demoPersons: the first two are bound and act for nobody, the fifth represents the
// last enterprise, the last one is not bound yet.
var demoPersons = []demoPerson{
	{level: model.LevelExcellent, optIn: true, bound: true, honours: 2, hours: 120},
	{level: model.LevelGood, optIn: true, bound: true, honours: 1, hours: 30},
	{level: model.LevelBasic, optIn: true, bound: true},
	{level: "none", bound: true, honours: 1},
	{level: model.LevelGood, optIn: true, bound: true, honours: 1, hours: 20},
	{level: model.LevelBasic, optIn: true, bound: true, honours: 2, hours: 100, penalty: model.SeveritySerious},
	{level: model.LevelGood, optIn: true, bound: true, honours: 2, hours: 100, penalty: model.SeverityGeneral},
	{level: model.LevelBasic, optIn: true, bound: true, hours: 10},
	{level: model.LevelExcellent, optIn: true, honours: 3, hours: 60},
}

const (
	demoRepresentative = 4 // of demoPersons
	demoListed         = 24
	demoSite           = "tieta-park"
	demoJob            = "demo-district"
	demoBatch          = 400 // rows: a slow MongoDB on one machine must take a batch within its time-out
	// firstDemoPerson numbers the demo's citizens after everybody the district makes.
	firstDemoPerson = 1_000_000
)

// load makes sign-ins and secrets, then data and accounts. demo.json is written first
// and every step may be repeated, so that an interrupted start loses nothing.
func (d *demo) load(ctx context.Context, p *platform) error {
	today := model.DateOf(p.clock.Now())
	district, err := synth.New(synth.Config{People: demoPeople, Orgs: demoOrgs, PerPerson: demoPerPerson, Seed: demoSeed, AsOf: today})
	if err != nil {
		return err
	}
	for i, person := range demoPersons {
		who, err := district.Identity(firstDemoPerson + i)
		if err != nil {
			return err
		}
		d.file.Citizens = append(d.file.Citizens, demoCitizen{WeChatCode: fmt.Sprintf("demo-citizen-%d", i+1), Name: who.Name, IDNo: who.IDNo, Level: person.level})
	}
	for _, st := range demoStaffRoles {
		entry := demoStaff{Role: st.role, Username: "demo-" + strings.ReplaceAll(string(st.role), "_", "-"), Password: rand.Text()[:16]}
		if st.totp {
			entry.TOTPSecret = identity.NewTOTPSecret()
		}
		d.file.Staff = append(d.file.Staff, entry)
	}
	for _, role := range []model.Role{model.RoleBank, model.RoleGate} {
		secret, _ := identity.NewClientSecret()
		d.file.Clients = append(d.file.Clients, demoClient{Role: role, ClientID: "demo-" + string(role), ClientSecret: secret})
	}
	return d.save()
}

// demoStaffRoles are the roles that sign in with a password.
var demoStaffRoles = []struct {
	role model.Role
	totp bool
	unit string
}{
	{model.RoleClerk, false, "顺河回族区政务服务大厅"}, {model.RoleDepartment, false, ""}, {model.RoleOffice, false, "顺河回族区信用办"},
	{model.RoleReviewer, false, "顺河回族区信用办"}, {model.RoleGate, false, "铁塔公园检票处"},
	{model.RoleSecurityAdmin, true, "顺河回族区信用办"}, {model.RoleAuditor, true, "顺河回族区审计局"},
}

// fill brings data, staff and clients into the store; what is there stays.
func (d *demo) fill(ctx context.Context, p *platform) error {
	district, err := synth.New(synth.Config{People: demoPeople, Orgs: demoOrgs, PerPerson: demoPerPerson, Seed: demoSeed, AsOf: model.DateOf(p.clock.Now())})
	if err != nil {
		return err
	}
	bank, err := model.ComposeUnifiedSocialCreditCode("91", "410203", "MBANK001")
	if err != nil {
		return err
	}
	rows, err := d.rows(district, bank.Reveal())
	if err != nil {
		return err
	}
	im := p.importer()
	im.BatchRows = demoBatch
	res, err := im.Import(ctx, demoJob, "demo", &rowReader{rows: rows}, nil)
	if err != nil {
		return err
	}
	if len(res.Faults) > 0 {
		return fmt.Errorf("demo row %d: %s at %s", res.Faults[0].Line, res.Faults[0].Code, res.Faults[0].Column)
	}
	if err := d.signIns(ctx, p, district, bank.Reveal()); err != nil {
		return err
	}
	err = p.control.Put(ctx, store.ControlDoc{Kind: loanBatchKind, Name: "current", Body: []byte("WL" + strings.ReplaceAll(string(model.DateOf(p.clock.Now())), "-", "") + "-01")})
	if err != nil && !model.Is(err, model.CodeExists) {
		return err
	}
	return d.list(ctx, p, district)
}

// rowReader hands prepared rows to the importer.
type rowReader struct {
	rows []*ingest.Row
	next int
}

func (r *rowReader) Next(row *ingest.Row) (int, error) {
	if r.next == len(r.rows) {
		return r.next, io.EOF
	}
	*row = *r.rows[r.next]
	r.next++
	return r.next, nil
}

// rows are the district's, with the demo's citizens and the last enterprise.
func (d *demo) rows(district *synth.District, bank string) ([]*ingest.Row, error) {
	var rows []*ingest.Row
	if err := district.Each(func(row *ingest.Row) error { rows = append(rows, row); return nil }); err != nil {
		return nil, err
	}
	name, code := district.Authority(civilAffairsUnit)
	for i, person := range demoPersons {
		c := d.file.Citizens[i]
		rows = append(rows, &ingest.Row{Kind: ingest.KindPerson, Name: c.Name, IDNo: c.IDNo, Division: "410203002", LevelOptIn: person.optIn})
		record := func(kind model.RecordKind, title string, n int) *ingest.Row {
			r := &ingest.Row{Kind: string(kind), Name: c.Name, IDNo: c.IDNo, Title: title, Authority: name, AuthorityUSCC: code, Source: name, SourceUSCC: code,
				DecisionDate: "2026-05-10", DocNo: fmt.Sprintf("顺民〔2026〕演示%d-%d", i+1, n)}
			rows = append(rows, r)
			return r
		}
		for n := range person.honours {
			record(model.RecordHonor, []string{"道德模范", "优秀志愿者", "先进工作者"}[n], n).HonorLevel = "city"
		}
		if person.hours > 0 {
			r := record(model.RecordHonor, "志愿服务记录", 10)
			r.Category, r.Quantity = "volunteer", person.hours
		}
		record(model.RecordContract, "图书借阅归还", 11).Fulfilment = "pending"
		if person.penalty != "" {
			r := record(model.RecordPenalty, "行政处罚决定书", 12)
			r.Severity, r.Finality, r.Category, r.FineFen = string(person.penalty), string(model.FinalityFinal), "fine", 50_000
		}
	}
	last, err := d.lastEnterprise(name, code)
	if err != nil {
		return nil, err
	}
	consent := &ingest.Row{Kind: ingest.KindConsent, USCC: last[0].USCC, Recipient: bank, Purpose: string(model.PurposeBankAssess), DecisionDate: "2026-06-01", ValidTo: "2099-12-31"}
	return append(append(rows, last...), consent), nil
}

// civilAffairsUnit is the index of the civil affairs bureau among the authorities.
const civilAffairsUnit = 6

// lastEnterprise is represented by a demo citizen and stands well.
func (d *demo) lastEnterprise(authority, authorityCode string) ([]*ingest.Row, error) {
	code, err := model.ComposeUnifiedSocialCreditCode("91", "410203", "MADEMA01")
	if err != nil {
		return nil, err
	}
	rep := d.file.Citizens[demoRepresentative]
	base := ingest.Row{USCC: code.Reveal(), Name: "开封润达信息技术有限公司"}
	reg := base
	reg.Kind, reg.SubjectKind, reg.EntType, reg.Status = ingest.KindEnterprise, string(model.KindLegalPerson), "有限责任公司（自然人独资）", "存续"
	reg.LegalRep, reg.LegalRepIDNo, reg.EstablishedOn = rep.Name, rep.IDNo, "2019-03-18"
	reg.Address, reg.Division, reg.RegAuthority = "河南省开封市顺河回族区铁塔街道北门大街18号", "410203002", "开封市市场监督管理局"
	reg.Industry, reg.Size = "信息传输、软件和信息技术服务业", "小"
	reg.FormerNames = "开封润达网络服务部"
	record := base
	record.Authority, record.AuthorityUSCC, record.Source, record.SourceUSCC, record.DecisionDate = authority, authorityCode, authority, authorityCode, "2026-04-20"
	tax, honor, permit, contract := record, record, record, record
	tax.Kind, tax.Title, tax.Sector, tax.Grade, tax.Period, tax.Scope = string(model.RecordRating), "纳税信用评价", "tax", "A", "2025", "district:410203"
	honor.Kind, honor.Title, honor.HonorLevel = string(model.RecordHonor), "诚信示范单位", "city"
	permit.Kind, permit.Title, permit.DocNo, permit.ValidTo = string(model.RecordPermit), "增值电信业务经营许可", "顺民〔2026〕演示许可1号", "2031-04-19"
	contract.Kind, contract.Title, contract.Fulfilment = string(model.RecordContract), "信息系统运维采购合同", "full" // the public does not see it
	return []*ingest.Row{&reg, &tax, &honor, &permit, &contract}, nil
}

// signIns creates staff and clients that are not there yet.
func (d *demo) signIns(ctx context.Context, p *platform, district *synth.District, bank string) error {
	repo := store.NewSignIns(p.driver)
	market, marketCode := district.Authority(0)
	for i, st := range demoStaffRoles {
		f := d.file.Staff[i]
		id := "staff_demo_" + string(st.role)
		if _, err := repo.Staff(ctx, id); err == nil { // hashing a password takes its time
			continue
		}
		staff := &model.Staff{ID: id, Username: identity.NormalUsername(f.Username),
			PasswordHash: identity.HashPassword(identity.PasswordConfig{}, f.Password), Role: st.role, Unit: marketCode, UnitName: st.unit}
		if st.role == model.RoleDepartment {
			staff.UnitName = market
		}
		if st.role == model.RoleGate {
			staff.Sites = []string{demoSite}
		}
		if f.TOTPSecret != "" {
			sealed, err := p.vault.Seal(model.SealTOTP, staff.ID, []byte(f.TOTPSecret))
			if err != nil {
				return err
			}
			staff.TOTPSecret = sealed
		}
		if err := repo.CreateStaff(ctx, staff); err != nil && !model.Is(err, model.CodeExists) {
			return err
		}
	}
	for _, f := range d.file.Clients {
		client := &model.Client{ID: f.ClientID, SecretHash: identity.HashClientSecret(f.ClientSecret), Role: f.Role, Unit: bank, UnitName: "演示银行顺河支行"}
		if f.Role == model.RoleGate {
			client.Unit, client.UnitName, client.Sites = marketCode, "铁塔公园", []string{demoSite}
		}
		if err := repo.CreateClient(ctx, client); err != nil && !model.Is(err, model.CodeExists) {
			return err
		}
	}
	return nil
}

// list names enterprises for the reader of demo.json, the represented one last, each with
// what the whitelist says today.
func (d *demo) list(ctx context.Context, p *platform, district *synth.District) error {
	screening, err := loan.Load(loan.Seed())
	if err != nil {
		return err
	}
	var codes []string
	for i := range demoListed - 1 {
		rows, err := district.Org(i)
		if err != nil {
			return err
		}
		codes = append(codes, rows[0].USCC)
	}
	last, err := d.lastEnterprise("", "")
	if err != nil {
		return err
	}
	d.file.Enterprises = nil
	for _, code := range append(codes, last[0].USCC) {
		f, err := p.subjects.File(ctx, model.SubjectID(code))
		if err != nil {
			return err
		}
		r, err := screening.Screen(f, model.DateOf(p.clock.Now()))
		if err != nil {
			return err
		}
		d.file.Enterprises = append(d.file.Enterprises, demoEnterprise{USCC: code, Name: f.Name, Whitelisted: r.Listed})
	}
	return d.save()
}

// bind makes the accounts of the bound citizens through the same desk as everybody.
func (d *demo) bind(ctx context.Context, s *services, c model.Clock) error {
	from := identity.Caller{Address: "127.0.0.1", RequestID: "demo"}
	for i, person := range demoPersons {
		if !person.bound {
			continue
		}
		f := d.file.Citizens[i]
		grant, err := s.citizens.SignIn(ctx, f.WeChatCode, from)
		if err != nil {
			return err
		}
		if grant.User.Verified {
			continue
		}
		id, err := model.ParseCitizenID(f.IDNo, model.DateOf(c.Now()))
		if err != nil {
			return err
		}
		who, err := s.tokens.Authenticate(grant.AccessToken)
		if err != nil {
			return err
		}
		if _, err := s.citizens.Bind(ctx, who, f.Name, id, nil, from); err != nil && !model.Is(err, model.CodeIdentityBound) {
			return err
		}
	}
	return nil
}
