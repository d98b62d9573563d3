package main

import (
	"context"
	"os"
	"strings"

	"xinyi/gateway/verifier"
	"xinyi/gateway/wechat"
	"xinyi/handlers/chart"
	"xinyi/model"
	"xinyi/policy/loan"
	"xinyi/policy/pass"
	"xinyi/service/approval"
	"xinyi/service/benefit"
	"xinyi/service/commitment"
	"xinyi/service/consent"
	"xinyi/service/credit"
	"xinyi/service/identity"
	"xinyi/service/ingest"
	lists "xinyi/service/listing"
	lending "xinyi/service/loan"
	"xinyi/service/message"
	"xinyi/service/quality"
	"xinyi/service/rating"
	"xinyi/service/search"
	"xinyi/service/submission"
	"xinyi/service/worklist"
	"xinyi/store"

	approvals "xinyi/policy/approval"
	promises "xinyi/policy/commitment"
)

// audience of our access tokens.
const audience = "xinyi-api"

// services are the desks of a running server.
type services struct {
	tokens     *identity.Tokens
	sessions   *identity.Sessions
	citizens   *identity.Citizens
	staff      *identity.Staff
	clients    *identity.Clients
	refusals   *identity.Refusals
	credit     *credit.Service
	consent    *consent.Service
	benefit    *benefit.Service
	rules      *benefit.RuleDesk
	approval   *approval.Service
	commitment *commitment.Service
	loan       *lending.Service
	rating     *rating.Desk
	schemes    *rating.Schemes
	stats      *store.RatingStats
	quality    *quality.Service
	painter    *chart.Painter
	// submission takes in what departments report; submitted works through it.
	submission *submission.Service
	submitted  *submission.Runner
	search     *search.Index
	feed       *searchFeed
	listing    *lists.Service
	worklist   *worklist.Service
	message    *message.Service
}

// outside is the world beyond: WeChat, the identity verifier and what sends messages.
type outside struct {
	openID   func(ctx context.Context, code string) (string, error)
	verifier identity.Verifier
	// channels send messages.
	channels []message.Channel
}

// openOutside connects to the configured world; what is not configured answers that it
// is unavailable.
func openOutside(cfg Config, c model.Clock) (outside, error) {
	o := outside{openID: noWeChat, verifier: noVerifier{}}
	var client *wechat.Client
	if cfg.WeChatAppID != "" {
		secret, err := secretFile(cfg.WeChatSecretFile)
		if err != nil {
			return o, err
		}
		client, err = wechat.New(wechat.Config{AppID: cfg.WeChatAppID, AppSecret: secret, BaseURL: cfg.WeChatBaseURL, Clock: c})
		if err != nil {
			return o, err
		}
		o.openID = openIDOf(client)
	}
	if cfg.VerifierURL != "" {
		secret, err := secretFile(cfg.VerifierSecretFile)
		if err != nil {
			return o, err
		}
		remote, err := verifier.NewRemote(verifier.Config{URL: cfg.VerifierURL, Secret: secret, Clock: c})
		if err != nil {
			return o, err
		}
		o.verifier = remote
	}
	var err error
	o.channels, err = channels(cfg, client, c)
	return o, err
}

func openIDOf(client *wechat.Client) func(context.Context, string) (string, error) {
	return func(ctx context.Context, code string) (string, error) {
		s, err := client.Code2Session(ctx, code)
		return s.OpenID, err
	}
}

func secretFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	return strings.TrimSpace(string(b)), err
}

func noWeChat(context.Context, string) (string, error) {
	return "", model.Errorf(model.CodeUpstream, "本服务尚未配置微信登录，请联系管理员。")
}

type noVerifier struct{}

func (noVerifier) Verify(context.Context, string, model.CitizenID) error {
	return model.Errorf(model.CodeUpstream, "本服务尚未配置实名核验，请联系管理员。")
}

// openServices wires the desks.
func (p *platform) openServices(ctx context.Context, o outside, baseURL string) (*services, error) {
	s := &services{}
	accounts, signIns := store.NewAccounts(p.driver), store.NewSignIns(p.driver)
	revoked, stop := store.NewRevocations(p.control, p.clock)
	p.onClose(func(context.Context) error { stop(); return nil })
	var err error
	if s.tokens, err = identity.NewTokens(identity.TokenConfig{Issuer: baseURL, Audience: audience}, p.vault, revoked, p.clock); err != nil {
		return nil, err
	}
	s.sessions = identity.NewSessions(identity.SessionConfig{}, signIns, s.tokens, revoked, identity.Owners{Accounts: accounts, Staff: signIns}, p.audit, p.clock)
	s.refusals = identity.NewRefusals(p.audit, p.clock)
	s.citizens = &identity.Citizens{OpenID: o.openID, Accounts: accounts, Subjects: p.subjects, Attempts: signIns, Verifier: o.verifier,
		Sealer: p.vault, Sessions: s.sessions, Auditor: s.refusals, IDs: p.ids, Clock: p.clock,
		Quality: func(day model.Date) identity.Counter { return p.quality.On(day) }}
	s.staff = identity.NewStaff(identity.StaffConfig{}, signIns, signIns, signIns, p.vault, s.sessions, s.refusals, p.clock)
	s.clients = &identity.Clients{Repo: signIns, Once: signIns, Attempts: signIns, Sealer: p.vault, Tokens: s.tokens, Revoked: revoked, Auditor: s.refusals, Clock: p.clock,
		Audiences: []string{baseURL, baseURL + identity.TokenPath}}
	s.credit = &credit.Service{Subjects: p.subjects, Records: p.subjects, Lists: store.NewLists(p.driver, p.clock), Accounts: accounts,
		AccessLogs: p.audit, Judge: p.judge, Sealer: p.vault, Auditor: p.audit, Purposes: purposes(), Forms: p.forms, Clock: p.clock}
	s.consent = &consent.Service{Store: store.NewConsents(p.subjects), Files: s.credit, Judge: p.judge, Auditor: p.audit, IDs: p.ids, Clock: p.clock,
		Quality: func(day model.Date) consent.Counter { return p.quality.On(day) }}
	if err := s.openDecisions(p); err != nil {
		return nil, err
	}
	if err := s.openSubmissions(p); err != nil {
		return nil, err
	}
	if err := s.openMessages(p, o); err != nil {
		return nil, err
	}
	s.quality = &quality.Service{Store: store.NewQuality(p.driver), Book: p.quality, Auditor: p.audit, Clock: p.clock}
	var font *chart.Font
	if p.cfg.ChartFont != "" {
		if font, err = chart.OpenFont(p.cfg.ChartFont); err != nil {
			return nil, err
		}
	}
	s.painter = chart.NewPainter(font)
	s.stats, s.search = store.NewRatingStats(p.driver), search.New()
	s.feed = &searchFeed{names: store.NewSearchNames(p.driver), index: s.search, log: p.log}
	return s, s.feed.load(ctx)
}

// openDecisions wires the desks that decide by rules.
func (s *services) openDecisions(p *platform) error {
	rules, err := newLiveRules(p.cfg.RulesDir, p.control, p.log)
	if err != nil {
		return err
	}
	const rememberPasses = 32_768
	passes := pass.NewCodec(p.vault, p.vault, rememberPasses)
	s.benefit = &benefit.Service{Files: s.credit, Rules: rules, Passes: passes, Store: store.NewBenefits(p.driver), Sealer: p.vault, MACs: p.vault,
		Auditor: p.audit, IDs: p.ids, Clock: p.clock, Issuer: p.vault, Counters: store.NewPassCounters(p.driver), Budgets: store.NewBudgets(p.driver)}
	p.onClose(s.benefit.Close)
	kept := store.NewBenefitRules(p.subjects, p.control)
	s.rules = &benefit.RuleDesk{Drafts: kept, Rules: rules, Whole: rules.whole(p.control), Bases: p.measures, Runs: kept, Budgets: s.benefit.Budgets, Files: s.credit, Auditor: p.audit, Clock: p.clock, Pace: trialPace}
	screening, err := loan.Load(loan.Seed())
	if err != nil {
		return err
	}
	s.loan = &lending.Service{Files: s.credit, Screener: screening, Batches: loanBatch{p.control}, Auditor: p.audit, Clock: p.clock}
	items, err := approvals.Load(approvals.Seed())
	if err != nil {
		return err
	}
	s.approval = &approval.Service{Files: s.credit, Items: items, Calendar: p.calendar, Auditor: p.audit, IDs: p.ids, Clock: p.clock}
	if err := s.openCommitments(p); err != nil {
		return err
	}
	s.rating = &rating.Desk{As: func(actor model.Principal) rating.Importer { return p.importerOf(actor) }, Book: p.sectors.All, IDs: p.ids, Clock: p.clock}
	s.schemes = &rating.Schemes{Drafts: store.NewSectors(p.driver, p.control), Book: p.sectors.All, Auditor: p.audit, Clock: p.clock}
	return s.openListing(p)
}

// openCommitments wires the desk of promises, and the windows to it.
func (s *services) openCommitments(p *platform) error {
	rules, err := promises.Load(promises.Seed())
	if err != nil {
		return err
	}
	kept := store.NewCommitments(p.subjects)
	s.commitment = &commitment.Service{Store: kept, Records: p.subjects, Files: s.credit, Rules: rules, Catalogue: p.catalogue, Calendar: p.calendar, Display: p.display,
		Judge: p.judge, Sealer: p.vault, Auditor: p.audit, IDs: p.ids, Clock: p.clock, Key: ingest.BusinessKey,
		Quality: func(day model.Date) commitment.Counter { return p.quality.On(day) }}
	s.approval.Store, s.approval.Promises, s.approval.RemindWorkdays = store.NewApprovals(kept), s.commitment, s.commitment.RemindWorkdays
	return nil
}

// openListing wires the desk of lists and the worklist, whose sources are the desks with
// things that wait for people.
func (s *services) openListing(p *platform) (err error) {
	s.listing = &lists.Service{Store: store.NewListings(p.subjects), Files: s.credit, Tables: p.measures, Catalogue: p.catalogue, Calendar: p.calendar, Display: p.display,
		Judge: p.judge, Sealer: p.vault, Auditor: p.audit, IDs: p.ids, Clock: p.clock, Key: ingest.BusinessKey,
		Quality: p.countedToday}
	s.worklist = &worklist.Service{Sources: []worklist.Source{s.listing, s.commitment, s.rules, s.schemes}, Auditor: p.audit, Clock: p.clock}
	reports, err := p.exchange()
	if err != nil {
		return err
	}
	s.worklist.Sources = append(s.worklist.Sources, reports)
	return nil
}

// purposes are the lawful purposes by role: banks need the subject's consent (HN 22,
// PIPL 23), so does employment (PIPL 13); offices and windows act on legal duty.
func purposes() credit.Purposes {
	byLaw, consented := credit.PurposeRule{}, credit.PurposeRule{Consent: true}
	return credit.Purposes{
		model.RoleOffice: {model.PurposeTender: {OrganisationsOnly: true}, model.PurposeAward: byLaw, model.PurposeApproval: byLaw,
			model.PurposeEmployment: consented, model.PurposeOther: consented},
		model.RoleClerk: {model.PurposeApproval: byLaw},
		model.RoleBank:  {model.PurposeBankAssess: consented},
	}
}
