package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/identity"
)

// CitizenDesk signs in mini-program users and ties them to person and enterprises.
type CitizenDesk interface {
	SignIn(ctx context.Context, code string, from identity.Caller) (identity.Grant, error)
	Profile(ctx context.Context, p model.Principal) (identity.Profile, error)
	Bind(ctx context.Context, p model.Principal, name string, id model.CitizenID, answer model.Receipt[identity.Profile], from identity.Caller) (identity.Profile, error)
	Enterprises(ctx context.Context, p model.Principal) ([]identity.Enterprise, error)
	BindEnterprise(ctx context.Context, p model.Principal, uscc string, answer model.Receipt[identity.Enterprise], from identity.Caller) (identity.Enterprise, error)
}

// StaffDesk signs in people with a password.
type StaffDesk interface {
	SignIn(ctx context.Context, in identity.StaffSignIn, from identity.Caller) (identity.Grant, error)
}

// SessionDesk keeps sign-ins alive and ends them.
type SessionDesk interface {
	Refresh(ctx context.Context, token string, from identity.Caller) (identity.Grant, error)
	Logout(ctx context.Context, p model.Principal, from identity.Caller) error
}

// SignIn is the desk of sessions and accounts (登录、实名、企业绑定).
type SignIn struct {
	Citizens CitizenDesk
	Staff    StaffDesk
	Sessions SessionDesk
	Clock    model.Clock
}

// Mount adds the routes.
func (d *SignIn) Mount(r Router) {
	r.Handle(http.MethodPost, "/v1/auth/wechat", d.wechat)
	r.Handle(http.MethodPost, "/v1/auth/staff", d.staff)
	r.Handle(http.MethodPost, "/v1/auth/refresh", d.refresh)
	r.Handle(http.MethodPost, "/v1/auth/logout", d.logout)
	r.Handle(http.MethodGet, "/v1/me", d.me)
	r.Handle(http.MethodPost, "/v1/me/identity", d.bindIdentity)
	r.Handle(http.MethodGet, "/v1/me/enterprises", d.enterprises)
	r.Handle(http.MethodPost, "/v1/me/enterprises", d.bindEnterprise)
}

// from tells the service where a request comes from.
func from(c *gin.Context) identity.Caller {
	call := callOf(c)
	return identity.Caller{Address: call.server.clientAddress(c.Request), RequestID: call.requestID}
}

// granted answers with fresh tokens; nobody may keep such an answer.
func granted(c *gin.Context, g identity.Grant, err error) error {
	if err != nil {
		return err
	}
	c.Writer.Header()["Cache-Control"] = noStore
	return respond(c, http.StatusOK, api.TokenPair{AccessToken: g.AccessToken, RefreshToken: g.RefreshToken, TokenType: "Bearer",
		ExpiresIn: int(g.ExpiresIn.Seconds()), User: api.SignedInUser{ID: g.User.ID, Verified: g.User.Verified, Roles: roles(g.User.Roles)}})
}

func roles(all []model.Role) []string {
	out := make([]string, len(all))
	for i, role := range all {
		out[i] = string(role)
	}
	return out
}

func (d *SignIn) wechat(c *gin.Context) error {
	var in api.WeChatSignIn
	if err := bind(c, &in); err != nil {
		return err
	}
	g, err := d.Citizens.SignIn(c.Request.Context(), in.Code, from(c))
	return granted(c, g, err)
}

func (d *SignIn) staff(c *gin.Context) error {
	var in api.StaffSignIn
	if err := bind(c, &in); err != nil {
		return err
	}
	g, err := d.Staff.SignIn(c.Request.Context(), identity.StaffSignIn{Username: in.Username, Password: in.Password, OTP: in.OTP}, from(c))
	return granted(c, g, err)
}

func (d *SignIn) refresh(c *gin.Context) error {
	var in api.RefreshRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	g, err := d.Sessions.Refresh(c.Request.Context(), in.RefreshToken, from(c))
	return granted(c, g, err)
}

// logout ends the family of the access token, and with it the refresh token of the same sign-in.
func (d *SignIn) logout(c *gin.Context) error {
	if err := d.Sessions.Logout(c.Request.Context(), caller(c), from(c)); err != nil {
		return err
	}
	return noContent(c)
}

func (d *SignIn) me(c *gin.Context) error {
	profile, err := d.Citizens.Profile(c.Request.Context(), caller(c))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireMe(profile))
}

func wireMe(p identity.Profile) any {
	me := api.Me{ID: p.User.ID, Verified: p.User.Verified, Roles: roles(p.User.Roles), Name: p.Name, BoundAt: instant(p.BoundAt)}
	if !p.IDNo.IsZero() {
		me.IDNoMasked = p.IDNo.String()
	}
	return me
}

func (d *SignIn) bindIdentity(c *gin.Context) error {
	var in api.IdentityRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	id, err := model.ParseCitizenID(in.IDNo, model.DateOf(d.Clock.Now()))
	if err != nil {
		return badIdentifier("/idNo", err)
	}
	profile, err := d.Citizens.Bind(c.Request.Context(), caller(c), in.Name, id, receipt(c, http.StatusOK, wireMe), from(c))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireMe(profile))
}

func (d *SignIn) enterprises(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	all, err := d.Citizens.Enterprises(c.Request.Context(), caller(c))
	if err != nil {
		return err
	}
	items, next := slicePage(all, p, func(e identity.Enterprise) string { return e.USCC })
	answer := api.EnterpriseBindings{Items: make([]api.EnterpriseBinding, len(items))}
	for i, e := range items {
		answer.Items[i] = wireBinding(e)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireBinding(e identity.Enterprise) api.EnterpriseBinding {
	return api.EnterpriseBinding{USCC: e.USCC, Name: e.Name, As: e.As, BoundAt: instant(e.BoundAt)}
}

func (d *SignIn) bindEnterprise(c *gin.Context) error {
	var in api.EnterpriseBindingRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	keep := receipt(c, http.StatusCreated, func(e identity.Enterprise) any { return wireBinding(e) })
	e, err := d.Citizens.BindEnterprise(c.Request.Context(), caller(c), in.USCC, keep, from(c))
	if err != nil {
		return unknownCode(err, "/uscc", in.USCC)
	}
	return respond(c, http.StatusCreated, wireBinding(e))
}
