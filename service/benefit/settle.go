package benefit

import (
	"context"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
)

const (
	// SettlementType names the signed statement of a settlement.
	SettlementType = "xinyi-settlement/1"
	// settlesAfter is when nothing of a day can change any more: uses without a network may
	// be handed in so late, a use be reversed so late, and clocks differ a little.
	settlesAfter = uploadWithin + reverseWithin + 30*time.Minute
)

// DayBook reads whole days of a site.
type DayBook interface {
	EachRedemption(ctx context.Context, site string, day model.Date, yield func(*model.Redemption) error) error
	EachDuplicate(ctx context.Context, site string, day model.Date, yield func(*model.DuplicateUse) error) error
	// SummedUp reports whether a site's month (2026-11) is past the time that single uses are kept.
	SummedUp(ctx context.Context, site, month string) (bool, error)
}

// Sums add up uses; amounts in 分. What was reversed counts in Reversed only.
type Sums struct {
	Uses       int   `json:"uses"`       // redemptions that stand
	Granted    int   `json:"granted"`    // of them: with the benefit
	Reversed   int   `json:"reversed"`   // redemptions that were reversed
	Duplicates int   `json:"duplicates"` // passes taken without a network although used elsewhere
	Unpriced   int   `json:"unpriced"`   // of Uses: no price is known, or a deposit that is given back
	Companions int   `json:"companions"` // who came with the holders of Uses; the amounts are theirs too
	Standard   int64 `json:"standardFen"`
	Due        int64 `json:"dueFen"`    // what holders owed for Uses
	Relief     int64 `json:"reliefFen"` // Standard − Due: what the benefit gave
	// Difference is what was paid too little without a network: over the counts, or with a
	// pass that was used.
	Difference int64 `json:"differenceFen"`
}

// SettlementLine adds up one benefit at one site.
type SettlementLine struct {
	SiteID, BenefitCode string
	Sums
}

// Settlement is 日终结算: a day of a partner's sites, computed from its redemptions,
// reversals and duplicate uses. Once Final, it never changes.
type Settlement struct {
	Day     model.Date
	Partner string
	Sites   []string
	AsOf    time.Time
	FinalAt time.Time // from here on nothing of the day can change
	Final   bool
	Lines   []SettlementLine
	Totals  Sums
	// Digest is the SM3 of the CSV, in hex; Signed is the issuer's statement about it.
	Digest string
	Signed pass.SignedBundle
}

// statement is what the issuer signs.
type statement struct {
	Type      string     `json:"type"`
	Day       model.Date `json:"day"`
	Partner   string     `json:"partner"`
	Sites     []string   `json:"sites"`
	AsOf      string     `json:"asOf"`
	Final     bool       `json:"final"`
	Algorithm string     `json:"digestAlgorithm"`
	Digest    string     `json:"digest"`
	Totals    Sums       `json:"totals"`
}

// Settle computes the settlement of a day, "" = today, of the caller's own sites or of the one
// asked for; who has no sites of their own must name one. Both read the same. What was issued stands in the log
// before it is answered. book, if not nil, gets the uses one by one.
//
// CodeForbidden for another's site, CodeNotFound for a site of no rule and when only sums of the day are kept,
// CodeInvalidRequest for a day to come.
func (s *Service) Settle(ctx context.Context, p model.Principal, site string, day model.Date, book SettlementBook) (Settlement, error) {
	now := s.Clock.Now()
	if day == "" {
		day = model.DateOf(now)
	}
	if day > model.DateOf(now) {
		return Settlement{}, model.Invalid("?date", "future", "结算日期不能晚于今天。")
	}
	out := Settlement{Day: day, AsOf: now.UTC().Truncate(time.Millisecond), FinalAt: day.AddDays(1).Start().Add(settlesAfter)}
	out.Final = !now.Before(out.FinalAt)
	var err error
	if out.Sites, err = settledSites(p, site); err != nil {
		return Settlement{}, err
	}
	if out.Partner = s.partnerOf(out.Sites[0], day); out.Partner == "" {
		if p.Role == model.RoleOffice {
			return Settlement{}, model.Errorf(model.CodeNotFound, "没有这个站点，请从优惠规则中选择。")
		}
		out.Partner = p.UnitName
	}
	digest := sm3.New()
	books := settlementBooks{newCSVBook(digest)}
	if book != nil {
		books = append(books, book)
	}
	for _, site := range out.Sites {
		if err := s.settleSite(ctx, &out, site, books); err != nil {
			return Settlement{}, err
		}
	}
	if err := books[0].close(&out); err != nil {
		return Settlement{}, model.Wrap(err, model.CodeInternal, "")
	}
	out.Digest = hex.EncodeToString(digest.Sum(nil))
	out.Signed, err = pass.SignContent(SettlementType, statement{SettlementType, day, out.Partner, out.Sites, out.AsOf.In(model.Shanghai).Format(time.RFC3339Nano),
		out.Final, "SM3", out.Digest, out.Totals}, s.signers())
	if err != nil {
		return Settlement{}, model.Wrap(err, model.CodeInternal, "")
	}
	ev := s.event(p, "settlement.issue", "", nil)
	ev.Outcome, ev.Ref = map[bool]string{true: "final", false: "provisional"}[out.Final], string(day)+" "+out.Digest
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return Settlement{}, err
	}
	if book != nil {
		err = model.Wrap(book.close(&out), model.CodeInternal, "")
	}
	return out, err
}

// settledSites are the caller's own, in order, or the one asked for.
func settledSites(p model.Principal, site string) ([]string, error) {
	own := slices.Compact(slices.Sorted(slices.Values(p.Sites)))
	switch {
	case p.Role == model.RoleOffice && site == "":
		return nil, model.Invalid("?site", "required", "请写明要结算的站点。")
	case p.Role == model.RoleOffice:
		return []string{site}, nil
	case len(own) == 0:
		return nil, model.Errorf(model.CodeForbidden, "该账号没有绑定站点，请联系管理员。")
	case site == "":
		return own, nil
	case !slices.Contains(own, site):
		return nil, model.Errorf(model.CodeForbidden, "该站点不属于本单位，请改查自己的站点。")
	}
	return []string{site}, nil
}

// partnerOf names who is settled with: whom the rules of the day named, paused ones too, or the
// first ones of the site where it had none yet; "" for a site of no rule.
func (s *Service) partnerOf(site string, day model.Date) string {
	book, later := s.Rules.Book(), ""
	for _, code := range book.Codes() {
		var then *benefit.Rule
		for _, r := range book.Versions(code) {
			switch {
			case r.SiteID != site:
			case r.ValidFrom <= day:
				then = r
			case later == "":
				later = r.Partner.Name
			}
		}
		if then != nil {
			return then.Partner.Name
		}
	}
	return later
}

func (s *Service) settleSite(ctx context.Context, out *Settlement, site string, books settlementBooks) error {
	if gone, err := s.Store.SummedUp(ctx, site, string(out.Day)[:7]); err != nil {
		return err
	} else if gone {
		return model.Errorf(model.CodeNotFound, "该日的核销明细已过保存期限，只保留按月汇总，请查阅当时的结算文件。")
	}
	lines := map[string]*Sums{}
	use := func(u settledUse) error {
		line := lines[u.BenefitCode]
		if line == nil {
			line = &Sums{}
			lines[u.BenefitCode] = line
		}
		u.addTo(line)
		u.addTo(&out.Totals)
		return books.use(u)
	}
	if err := s.Store.EachRedemption(ctx, site, out.Day, func(r *model.Redemption) error { return use(redemptionUse(r)) }); err != nil {
		return err
	}
	if err := s.Store.EachDuplicate(ctx, site, out.Day, func(d *model.DuplicateUse) error { return use(duplicateUse(d)) }); err != nil {
		return err
	}
	for code, sums := range lines {
		out.Lines = append(out.Lines, SettlementLine{site, code, *sums})
	}
	slices.SortFunc(out.Lines, func(a, b SettlementLine) int {
		return strings.Compare(a.SiteID+"\x00"+a.BenefitCode, b.SiteID+"\x00"+b.BenefitCode)
	})
	return nil
}

// settledUse is one row of a settlement.
type settledUse struct {
	*model.Redemption        // of a duplicate only site, benefit, device, instants, difference
	duplicateOf       string // number of the redemption that used the pass
}

func redemptionUse(r *model.Redemption) settledUse { return settledUse{Redemption: r} }

func duplicateUse(d *model.DuplicateUse) settledUse {
	return settledUse{&model.Redemption{SiteID: d.SiteID, BenefitCode: d.BenefitCode, DeviceID: d.DeviceID, At: d.At, RecordedAt: d.RecordedAt, Companions: d.Companions,
		DifferenceFen: d.DifferenceFen}, d.First[strings.LastIndexByte(d.First, '/')+1:]}
}

func (u settledUse) addTo(s *Sums) {
	switch {
	case u.duplicateOf != "":
		s.Duplicates++
		s.Difference += u.DifferenceFen
		return
	case u.Reversed:
		s.Reversed++
		return
	}
	s.Uses++
	if u.Result == resultPass {
		s.Granted++
	}
	s.Companions += u.Companions
	s.Difference += u.DifferenceFen
	if u.PayFen == nil || u.StandardFen == nil {
		s.Unpriced++
		return
	}
	s.Standard += *u.StandardFen
	s.Due += *u.PayFen
	s.Relief += *u.StandardFen - *u.PayFen
}

// SettlementBook takes the uses of a settlement one by one and ends with its sums.
type SettlementBook interface {
	use(u settledUse) error
	close(s *Settlement) error
}

// NewSettlementCSV writes the uses as CSV; its SM3 is the digest of the settlement.
func NewSettlementCSV(w io.Writer) SettlementBook { return newCSVBook(w) }

// NewSettlementXLSX writes sums, uses and the signed digest as a workbook.
func NewSettlementXLSX(w io.Writer) SettlementBook { return newWorkbook(w) }

type settlementBooks []SettlementBook

func (b settlementBooks) use(u settledUse) error {
	for _, book := range b {
		if err := book.use(u); err != nil {
			return model.Wrap(err, model.CodeInternal, "")
		}
	}
	return nil
}
