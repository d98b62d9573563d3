package handlers

import (
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// maxToken bounds what is looked at as a token, in bytes.
const maxToken = 8 << 10

// authenticate finds the caller and takes one request from the caller's rate. Public
// operations look at no token: a stale one must not keep anybody from signing in again.
// A token that is not good counts against its address; a good one never does, or whoever
// shares an address with a noisy stranger would be kept out.
func (s *Server) authenticate(c *gin.Context, call *call) error {
	if call.route.public {
		return s.take(c, call, LimitAddress, s.clientAddress(c.Request))
	}
	token, err := bearer(c.Request.Header["Authorization"])
	if err == nil {
		call.principal, err = s.Tokens.Authenticate(token)
	}
	if err == nil && s.Resolve != nil && call.principal.Role == model.RoleCitizen && call.principal.Subject == "" {
		call.principal, err = s.Resolve(c.Request.Context(), call.principal)
	}
	if err != nil {
		call.principal = model.Principal{}
		if limited := s.take(c, call, LimitAddress, s.clientAddress(c.Request)); limited != nil {
			return limited
		}
		return err
	}
	return s.take(c, call, LimitClient, call.principal.ID)
}

func bearer(values []string) (string, error) {
	if len(values) != 1 {
		return "", model.Errorf(model.CodeUnauthenticated, "请先登录，并在 Authorization 头中出示访问令牌。")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return "", model.Errorf(model.CodeUnauthenticated, "访问令牌须写作 Bearer 令牌；请重新登录。")
	}
	return token, nil
}
