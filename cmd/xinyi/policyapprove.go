package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"

	"xinyi/model"
	"xinyi/store"
)

// proposals are what waits, with the revision of each.
func (p *platform) proposals() (list []ruleProposal, revs []int64, err error) {
	for _, d := range p.control.List(proposalKind) {
		var one ruleProposal
		if err := json.Unmarshal(d.Body, &one); err != nil {
			return nil, nil, model.Wrap(err, model.CodeInternal, "待批准的规则无法读取，请重新提出。")
		}
		list, revs = append(list, one), append(revs, d.Rev)
	}
	return list, revs, nil
}

// policyShow tells what waits; of one version its whole text.
func policyShow(ctx context.Context, c command) error {
	t := tool{name: "policy show", args: "[VERSION]", keys: toolKeys,
		brief: "列出待批准的规则版本；写明版本时显示其全文。\nLists the versions that wait for a second person, or shows one whole.",
		flags: func(*flag.FlagSet) {}}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	list, err := policyShowCall().run(ctx, cfg, toolLog(c, cfg), struct{}{})
	if err != nil {
		return err
	}
	for _, one := range list {
		if len(rest) > 0 && one.Version == rest[0] {
			_, err := c.stdout.Write(one.Body)
			return err
		}
	}
	if len(rest) > 0 {
		return errNoProposal()
	}
	for _, one := range list {
		sum := sha256.Sum256(one.Body)
		fmt.Fprintf(c.stdout, "%s  %s/%s  提出人 %s  %s  sha256:%s\n", one.Version, one.Kind, one.Name, one.By, one.At.In(model.Shanghai).Format("2006-01-02 15:04"), hex.EncodeToString(sum[:]))
	}
	if len(list) == 0 {
		fmt.Fprintln(c.stdout, "没有待批准的规则版本。")
	}
	return nil
}

func policyShowCall() adminCall[struct{}, []ruleProposal] {
	return adminCall[struct{}, []ruleProposal]{"/policy/proposals", func(ctx context.Context, p *platform, _ struct{}) ([]ruleProposal, error) {
		if err := p.control.Sync(ctx); err != nil {
			return nil, err
		}
		list, _, err := p.proposals()
		return list, err
	}}
}

func errNoProposal() error {
	return model.Errorf(model.CodeNotFound, "没有待批准的这个版本：它可能已被批准，或已被新的提案代替。请用 xinyi policy show 查看。")
}

// approveRequest is the second person's half.
type approveRequest struct {
	Version string `json:"version"`
	Reject  bool   `json:"reject"`
	Signer  signer `json:"signer"`
}

// policyApprove publishes what another person proposed.
func policyApprove(ctx context.Context, c command) error {
	var in approveRequest
	var by signerFlags
	t := tool{name: "policy approve", args: "VERSION", keys: toolKeys,
		brief: "批准（--reject 驳回）另一人提出的规则版本：须为复核人（reviewer），且不是提出人；再次与现行规则一起装载后公布，所有服务 2 秒内采用。\n" +
			"版本写 policy propose 或 policy show 给出的全名，其中的哈希保证批准的就是所看的内容。\nPublishes what another person proposed, for all servers.",
		flags: func(fs *flag.FlagSet) {
			by.flags(fs)
			fs.BoolVar(&in.Reject, "reject", false, "reject it instead 驳回")
		}}
	cfg, rest, err := t.read(c)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError{errors.New("请写明要批准的版本")}
	}
	if err := by.read(c); err != nil {
		return err
	}
	in.Version, in.Signer = rest[0], by.signer
	if _, err := policyApproveCall().run(ctx, cfg, toolLog(c, cfg), in); err != nil {
		return err
	}
	if in.Reject {
		fmt.Fprintf(c.stdout, "已驳回 %s。\n", in.Version)
		return nil
	}
	fmt.Fprintf(c.stdout, "已公布 %s，所有服务将在 2 秒内采用。\n", in.Version)
	return nil
}

func policyApproveCall() adminCall[approveRequest, struct{}] {
	return adminCall[approveRequest, struct{}]{"/policy/approve", func(ctx context.Context, p *platform, in approveRequest) (none struct{}, err error) {
		who, err := p.signs(ctx, in.Signer)
		if err != nil {
			return none, err
		}
		if who.Role != model.RoleReviewer {
			return none, model.Errorf(model.CodeForbidden, "规则由复核人批准；您的岗位不能批准。")
		}
		if err := p.control.Sync(ctx); err != nil {
			return none, err
		}
		list, revs, err := p.proposals()
		if err != nil {
			return none, err
		}
		at := slices.IndexFunc(list, func(one ruleProposal) bool { return one.Version == in.Version })
		if at < 0 {
			return none, errNoProposal()
		}
		return none, p.decide(ctx, who, list[at], revs[at], in.Reject)
	}}
}

// decide publishes or drops a proposal.
func (p *platform) decide(ctx context.Context, who model.Principal, one ruleProposal, rev int64, reject bool) error {
	gone := store.ControlDoc{Kind: proposalKind, Name: one.Kind + ":" + one.Name, Deleted: true, Rev: rev}
	if reject {
		return p.putRules(ctx, p.ruleEvent(who, "policy.reject", "rejected", one.ruleChange, one.Version), gone)
	}
	if who.ID == one.By {
		return model.Errorf(model.CodeSecondPerson, "提出人不能批准自己提出的规则，请由另一人批准。")
	}
	if _, err := p.loads(one.ruleChange); err != nil { // what is in force may have moved since
		return err
	}
	doc := store.ControlDoc{Kind: one.Kind, Name: one.Name, Body: one.Body}
	if before, err := p.control.Get(one.Kind, one.Name); err == nil {
		doc.Rev = before.Rev
	}
	return p.putRules(ctx, p.ruleEvent(who, "policy.publish", "published", one.ruleChange, one.Version), doc, gone)
}
