package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/store"
)

// proposalKind is the control kind of what waits for its second person; name: KIND:NAME,
// body: a ruleProposal.
const proposalKind = "rule_proposal"

// fileKinds are the control kinds of which each file is a version of its own; wholeKinds
// have one document that is replaced.
var (
	fileKinds  = []string{benefitRuleKind, gradingModelKind, calendarKind, catalogueKind, measuresKind, repairKind}
	wholeKinds = []string{complianceKind, formKind, accessPolicyKind}
)

func publishedKinds() []string { return slices.Concat(fileKinds, wholeKinds) }

// ruleChange is one version as it is to be published.
type ruleChange struct {
	Kind string `json:"kind"` // control kind
	Name string `json:"name"`
	Body []byte `json:"body"`
}

// ruleProposal waits for a second person.
type ruleProposal struct {
	ruleChange
	Version string    `json:"version"`
	By      string    `json:"by"` // id of the member of staff
	At      time.Time `json:"at"`
}

// proposers are who may propose a kind: the access policy is the security administrators'.
func proposers(kind string) model.Role {
	if kind == accessPolicyKind {
		return model.RoleSecurityAdmin
	}
	return model.RoleOffice
}

// proposeRequest proposes one version.
type proposeRequest struct {
	Change ruleChange `json:"change"`
	Signer signer     `json:"signer"`
}

// proposed says what waits, or that there is nothing to change.
type proposed struct {
	Version string `json:"version"`
	Same    bool   `json:"same"` // it is in force already
}

// policyPropose is the first person's half of a publication.
func policyPropose(ctx context.Context, c command) error {
	var in proposeRequest
	var by signerFlags
	t := tool{name: "policy propose", args: "FILE", keys: toolKeys,
		brief: "提出一个规则版本：先与现行规则一起完整装载，装载不了则拒绝；由另一人 policy approve 后生效。访问策略由安全管理员提出，其余由信用办提出。\n" +
			"  benefit_rule   惠民规则，一个文件一个版本；同名文件替换该版本\n  grading_model  评价模型，一个文件一个版本；validFrom 须为今天或以后\n  calendar       工作日历，一年一个文件（2027.yaml）\n" +
			"  catalogue      信息目录，一个版本一个文件；另有 units.yaml（单位名录）、blocklist.yaml（不得归集）\n  measures       依据、措施、名单规则、监管频次，文件名同 policy/measures/rules\n  repair         公示和修复期限 (repair.yaml)，已生效的版本不能改写\n" +
			"  compliance     合规校验 (E01–E16 与必填项)，整体替换，立即生效\n  form           报送表单（模板），整体替换，立即生效\n  access_policy  访问策略 (CSV)，整体替换\n" +
			"Proposes one version; another person approves it.",
		flags: func(fs *flag.FlagSet) {
			by.flags(fs)
			fs.StringVar(&in.Change.Kind, "kind", "", strings.Join(publishedKinds(), ", ")+" 规则种类")
		}}
	cfg, paths, err := t.read(c)
	if err != nil {
		return err
	}
	if err := in.Change.read(paths); err != nil {
		return usageError{err}
	}
	if err := by.read(c); err != nil {
		return err
	}
	in.Signer = by.signer
	done, err := policyProposeCall().run(ctx, cfg, toolLog(c, cfg), in)
	if err != nil {
		return err
	}
	if done.Same {
		fmt.Fprintf(c.stdout, "%s 已是现行内容，没有改动。\n", done.Version)
		return nil
	}
	fmt.Fprintf(c.stdout, "已提出 %s。请复核人用 xinyi policy show 核对内容，再用 xinyi policy approve '%s' 批准。\n", done.Version, done.Version)
	return nil
}

// read takes the file of a change in.
func (in *ruleChange) read(paths []string) (err error) {
	if len(paths) != 1 {
		return errors.New("请给出一个规则文件")
	}
	ext := filepath.Ext(paths[0])
	switch {
	case slices.Contains(wholeKinds, in.Kind) && (in.Kind == accessPolicyKind || ext == ".yaml"):
		in.Name = "current"
	case slices.Contains(fileKinds, in.Kind) && ext == ".yaml":
		in.Name = filepath.Base(paths[0])
	default:
		return fmt.Errorf("--kind 应为 %s 之一；除访问策略外是 .yaml 文件", strings.Join(publishedKinds(), "、"))
	}
	in.Body, err = os.ReadFile(paths[0])
	return err
}

func policyProposeCall() adminCall[proposeRequest, proposed] {
	return adminCall[proposeRequest, proposed]{"/policy/propose", func(ctx context.Context, p *platform, in proposeRequest) (proposed, error) {
		who, err := p.signs(ctx, in.Signer)
		if err != nil {
			return proposed{}, err
		}
		if who.Role != proposers(in.Change.Kind) {
			return proposed{}, model.Errorf(model.CodeForbidden, "访问策略由安全管理员提出，其余规则由信用办提出；您的岗位不能提出这一种。")
		}
		version, err := p.loads(in.Change)
		if err != nil {
			return proposed{}, err
		}
		if before, err := p.control.Get(in.Change.Kind, in.Change.Name); err == nil && bytes.Equal(before.Body, in.Change.Body) {
			return proposed{Version: version, Same: true}, nil
		}
		body, err := json.Marshal(ruleProposal{in.Change, version, who.ID, p.clock.Now().UTC()})
		if err != nil {
			return proposed{}, err
		}
		doc := store.ControlDoc{Kind: proposalKind, Name: in.Change.Kind + ":" + in.Change.Name, Body: body}
		if waiting, err := p.control.Get(proposalKind, doc.Name); err == nil {
			doc.Rev = waiting.Rev
		}
		return proposed{Version: version}, p.putRules(ctx, p.ruleEvent(who, "policy.propose", "proposed", in.Change, version), doc)
	}}
}

func (p *platform) ruleEvent(who model.Principal, action, outcome string, c ruleChange, version string) model.AuditEvent {
	return model.AuditEvent{At: p.clock.Now(), ActorID: who.ID, ActorRole: who.Role, Unit: who.Unit, UnitName: who.UnitName, Action: action, Outcome: outcome,
		Ref: c.Kind + "/" + c.Name, RuleVersion: version}
}

// loads reports whether what is to be published loads together with what is in force,
// and names its version.
func (p *platform) loads(in ruleChange) (version string, err error) {
	switch in.Kind {
	case accessPolicyKind:
		if _, err := loadAccess(string(in.Body)); err != nil {
			return "", model.Errorf(model.CodeInvalidRequest, "%w", err)
		}
		return versionOf(ruleSource{kind: accessKind, raw: in.Body}), nil
	case benefitRuleKind:
		files, err := ruleFiles(p.cfg.RulesDir)
		if err != nil {
			return "", err
		}
		_, err = bookOf(files, p.control, store.ControlDoc{Name: in.Name, Body: in.Body})
		return versionOf(ruleSource{kind: "benefit", raw: in.Body}), err
	case calendarKind:
		_, err := calendarOf(p.control, store.ControlDoc{Name: in.Name, Body: in.Body})
		return versionOf(ruleSource{kind: calendarKind, raw: in.Body}), err
	case complianceKind:
		return versionOf(ruleSource{kind: complianceKind, raw: in.Body}), p.checkCompliance(in.Body)
	case catalogueKind:
		return versionOf(ruleSource{kind: catalogueKind, raw: in.Body}), p.checkCatalogue(in.Name, in.Body)
	case measuresKind:
		return versionOf(ruleSource{kind: measuresKind, raw: in.Body}), p.checkMeasures(in.Name, in.Body)
	case repairKind:
		return versionOf(ruleSource{kind: repairKind, raw: in.Body}), p.checkRepair(in.Name, in.Body)
	case formKind:
		return versionOf(ruleSource{kind: formKind, raw: in.Body}), p.checkForms(in.Body)
	case gradingModelKind:
		return versionOf(ruleSource{kind: "grading", raw: in.Body}), p.checkModel(in.Name, in.Body)
	}
	return "", model.Errorf(model.CodeInvalidRequest, "只能公布 %s。", strings.Join(publishedKinds(), "、"))
}

// publish writes a control document and who published it, both or neither.
func (p *platform) publish(ctx context.Context, doc store.ControlDoc, version, by string) error {
	event := operatorEvent(by, "policy.publish", doc.Kind+"/"+doc.Name, "published")
	event.RuleVersion = version
	return p.putRules(ctx, event, doc)
}

// putRules writes control documents with one audit entry, all or nothing.
func (p *platform) putRules(ctx context.Context, event model.AuditEvent, docs ...store.ControlDoc) error {
	var ops []store.Op
	for _, doc := range docs {
		op, err := p.control.PutOp(doc)
		if err != nil {
			return err
		}
		ops = append(ops, op)
	}
	entry, err := p.audit.Begin(event)
	if err != nil {
		return err
	}
	err = p.driver.Apply(ctx, append(store.AuditOps(entry), ops...))
	p.audit.End(entry, err)
	if err != nil {
		return err
	}
	return p.control.Sync(ctx)
}
