package identity

import (
	"context"
	"regexp"
	"time"

	"xinyi/model"
)

// clientName keeps names of clients apart from the ids of sessions, staff and accounts,
// which hold "_" and are revoked by id alike.
var clientName = regexp.MustCompile(`^[a-z][a-z0-9.-]{2,63}$`)

var (
	errClientName = &model.Error{Code: model.CodeInvalidRequest, Detail: "客户端编号应为 3–64 个小写字母、数字、. 和 -，以字母开头。"}
	errNoClient   = &model.Error{Code: model.CodeNotFound, Detail: "没有这个客户端，请用 xinyi client list 查看。"}
)

// ClientKey is what a client proves itself with: public keys, or, with none, a secret that
// is made for it.
type ClientKey struct {
	PublicKeys []string `json:"publicKeys"` // JWK, see CheckClientKey
}

// renew gives c the key instead of all it had; the secret is "" with public keys.
func (k ClientKey) renew(c *model.Client) (secret string, err error) {
	for _, jwk := range k.PublicKeys {
		if err := CheckClientKey(jwk); err != nil {
			return "", model.Wrap(err, model.CodeInvalidRequest, "公钥应为 JWK（Ed25519 或 P-256），且不含私钥。")
		}
	}
	c.PublicKeys, c.SecretHash = k.PublicKeys, ""
	if len(k.PublicKeys) == 0 {
		secret, c.SecretHash = NewClientSecret()
	}
	return secret, nil
}

// AddClient makes a client with the id, role, unit and sites of c, and gives its secret.
func (r *Registrar) AddClient(ctx context.Context, by model.Principal, c model.Client, key ClientKey) (string, error) {
	if !clientName.MatchString(c.ID) {
		return "", errClientName
	}
	secret, err := key.renew(&c)
	if err != nil {
		return "", err
	}
	err = r.change(by, "client.create", c.ID, string(c.Role), func(entry model.AuditEntry) error { return r.Repo.CreateClient(ctx, &c, entry) })
	if model.Is(err, model.CodeExists) {
		err = model.Wrap(err, model.CodeExists, "该客户端编号已被使用，请换一个。")
	}
	return secret, err
}

// SuspendClient shuts a client out: no new token, and those it has are refused at once.
func (r *Registrar) SuspendClient(ctx context.Context, by model.Principal, id string) error {
	c, err := r.client(ctx, id)
	if err != nil {
		return err
	}
	c.Suspended = true
	if err := r.saveClient(ctx, by, "client.suspend", "suspended", c); err != nil {
		return err
	}
	return r.Revoked.Revoke(ctx, c.ID, time.Time{})
}

// RestoreClient lets a suspended client have tokens again; one that has not expired since is
// good again too.
func (r *Registrar) RestoreClient(ctx context.Context, by model.Principal, id string) error {
	c, err := r.client(ctx, id)
	if err != nil {
		return err
	}
	c.Suspended = false
	if err := r.saveClient(ctx, by, "client.restore", "restored", c); err != nil {
		return err
	}
	return r.Revoked.Restore(ctx, c.ID)
}

// RotateClient gives a client the key instead of all it had, and gives the new secret. What
// the old one bought lives on until it expires.
func (r *Registrar) RotateClient(ctx context.Context, by model.Principal, id string, key ClientKey) (string, error) {
	c, err := r.client(ctx, id)
	if err != nil {
		return "", err
	}
	secret, err := key.renew(c)
	if err != nil {
		return "", err
	}
	return secret, r.saveClient(ctx, by, "client.rotate", "rotated", c)
}

func (r *Registrar) client(ctx context.Context, id string) (*model.Client, error) {
	c, err := r.Repo.Client(ctx, id)
	if model.Is(err, model.CodeNotFound) {
		return nil, errNoClient
	}
	return c, err
}

func (r *Registrar) saveClient(ctx context.Context, by model.Principal, action, outcome string, c *model.Client) error {
	return r.change(by, action, c.ID, outcome, func(entry model.AuditEntry) error { return r.Repo.SaveClient(ctx, c, entry) })
}
