package benefit

import (
	"context"
	"crypto"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
)

const (
	// bundleLife is how long a gate may judge passes by one bundle.
	bundleLife = 24 * time.Hour
	// bundleFresh is how long one bundle is handed to all devices of the same sites.
	bundleFresh = 5 * time.Second
	// revokedFor is how long a used pass stands in the revocation list: until it is good
	// nowhere, and a while for clocks that differ.
	revokedFor = pass.MaxLife + time.Minute
	// placesAtOnce are the places in the revocation list that a process takes from the store.
	placesAtOnce = 256
)

// Issuer gives the keys of passes and bundles.
type Issuer interface {
	// EachPassSigner gives those that vouch for a bundle, the one in use first.
	EachPassSigner(yield func(kid [4]byte, alg string, key crypto.Signer))
	// EachPassKey gives the public ones; until is zero if not foreseen.
	EachPassKey(yield func(kid [4]byte, alg string, key crypto.PublicKey, from, until time.Time))
}

// Signed is a statement of the issuer of passes.
type Signed = pass.SignedBundle

// Counters number places of passes and bundles for all processes.
type Counters interface {
	Places(ctx context.Context, n int) (first uint32, err error)
	BundleNumber(ctx context.Context, now int64) (int64, error)
}

// Bundle gives what the caller's devices need to verify passes without a network (脱网核验包), signed: keys, rule values of its sites, and the places of passes that are used already.
// It holds nothing personal. CodeForbidden without a site.
func (s *Service) Bundle(ctx context.Context, p model.Principal) (pass.SignedBundle, error) {
	if len(p.Sites) == 0 {
		return pass.SignedBundle{}, model.Errorf(model.CodeForbidden, "该账号没有绑定站点，请联系管理员。")
	}
	now := s.Clock.Now()
	key := strings.Join(p.Sites, "\n") + "\n\n" + p.Unit
	s.bundles.mu.Lock()
	defer s.bundles.mu.Unlock()
	if kept, ok := s.bundles.kept[key]; ok && !now.Before(kept.at) && now.Sub(kept.at) < bundleFresh {
		return kept.bundle, nil
	}
	signed, err := s.makeBundle(ctx, p, now)
	if err != nil {
		return pass.SignedBundle{}, err
	}
	if s.bundles.kept == nil || len(s.bundles.kept) > 1000 {
		s.bundles.kept = map[string]keptBundle{}
	}
	s.bundles.kept[key] = keptBundle{signed, now}
	ev := s.event(p, "gate.bundle", "", nil)
	ev.Outcome = "shown"
	s.Auditor.Note(ev)
	return signed, nil
}

// bundles are handed out again for a moment.
type bundles struct {
	mu   sync.Mutex
	kept map[string]keptBundle
}

type keptBundle struct {
	bundle pass.SignedBundle
	at     time.Time
}

func (s *Service) makeBundle(ctx context.Context, p model.Principal, now time.Time) (pass.SignedBundle, error) {
	b := pass.Bundle{IssuedAt: now.Unix(), ExpiresAt: now.Add(bundleLife).Unix(), Sites: slices.Sorted(slices.Values(p.Sites)), Rules: s.gateRules(p, now)}
	// The number is taken before the list is read: of two bundles the higher knows more.
	number, err := s.Counters.BundleNumber(ctx, now.UnixMilli())
	if err != nil {
		return pass.SignedBundle{}, err
	}
	b.Number = number
	places, err := s.usedPlaces(ctx, p, now)
	if err != nil {
		return pass.SignedBundle{}, err
	}
	b.Revoked = pass.EncodePlaces(places)
	s.Issuer.EachPassKey(func(kid [4]byte, alg string, key crypto.PublicKey, from, until time.Time) {
		k, fault := pass.NewBundleKey(kid, alg, key, from, until)
		if fault != nil {
			err = fault
		}
		b.Keys = append(b.Keys, k)
	})
	if err != nil {
		return pass.SignedBundle{}, err
	}
	return pass.SignBundle(b, s.signers())
}

// signers are the keys that vouch for what partners are given.
func (s *Service) signers() (signers []pass.BundleSigner) {
	s.Issuer.EachPassSigner(func(kid [4]byte, alg string, key crypto.Signer) {
		signers = append(signers, pass.BundleSigner{KID: kid, Alg: alg, Key: key})
	})
	return signers
}

// usedPlaces are the places of passes that were used at the caller's sites while others may
// still be shown there.
func (s *Service) usedPlaces(ctx context.Context, p model.Principal, now time.Time) (places []uint32, err error) {
	since := now.Add(-revokedFor)
	days := slices.Compact([]model.Date{model.DateOf(since), model.DateOf(now)})
	for _, site := range p.Sites {
		for _, day := range days {
			used, err := s.Store.UsedSince(ctx, site, day, since)
			if err != nil {
				return nil, err
			}
			for _, text := range used {
				if id, ok := pass.ParseID(text); ok {
					places = append(places, id.Place())
				}
			}
		}
	}
	return places, nil
}

// gateRules are the values of the published rules of the caller's sites while the bundle
// lasts. A rule with a budget needs a network: without one nobody knows what is left.
func (s *Service) gateRules(p model.Principal, now time.Time) []pass.BundleRule {
	from, to := model.DateOf(now), model.DateOf(now.Add(bundleLife))
	rules := []pass.BundleRule{}
	book := s.Rules.Book()
	for _, code := range book.Codes() {
		versions := book.Versions(code)
		for i, r := range versions {
			until := r.ValidTo
			if i+1 < len(versions) {
				if end := versions[i+1].ValidFrom.AddDays(-1); until == "" || end < until {
					until = end
				}
			}
			if r.Status != benefit.StatusPublished || r.Budget != nil || !forPersons(r) || r.ValidFrom > to || (until != "" && until < from) || !serves(p, r.SiteID, r) {
				continue
			}
			rules = append(rules, pass.BundleRule{BenefitCode: r.Code, Title: r.Title, SiteID: r.SiteID, ValueType: string(r.Value.Type), Value: r.Value.Value,
				Unit: r.Value.Unit, BasePriceFen: r.BasePriceFen, ValidFrom: string(r.ValidFrom), ValidTo: string(until)})
		}
	}
	return rules
}

// places are those of this process, in no order: nobody learns from a pass which one was
// made before it.
type places struct {
	mu   sync.Mutex
	left []uint32
}

// place gives a new pass its place in the revocation list.
func (s *Service) place(ctx context.Context) (uint32, error) {
	s.places.mu.Lock()
	defer s.places.mu.Unlock()
	if len(s.places.left) == 0 {
		first, err := s.Counters.Places(ctx, placesAtOnce)
		if err != nil {
			return 0, err
		}
		for i := range uint32(placesAtOnce) {
			s.places.left = append(s.places.left, first+i)
		}
		rand.Shuffle(placesAtOnce, func(i, j int) { l := s.places.left; l[i], l[j] = l[j], l[i] })
	}
	last := len(s.places.left) - 1
	place := s.places.left[last]
	s.places.left = s.places.left[:last]
	return place, nil
}
