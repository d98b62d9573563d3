package api

// WeChatSignIn is the wire form of 小程序登录。
type WeChatSignIn struct {
	Code string `json:"code"` // wx.login 得到的临时登录凭证。
}

// StaffSignIn is the wire form of 工作人员登录。
type StaffSignIn struct {
	Username string `json:"username"`      // 用户名。
	Password string `json:"password"`      // 密码。
	OTP      string `json:"otp,omitempty"` // 动态口令，6 位数字；安全管理员和审计员必填。
}

// RefreshRequest is the wire form of 用刷新令牌换新令牌。
type RefreshRequest struct {
	RefreshToken string `json:"refreshToken"` // 刷新令牌，只能用一次。
}

// LogoutRequest is the wire form of 退出登录；正文可以省略。
type LogoutRequest struct {
	RefreshToken string `json:"refreshToken,omitempty"` // 同一次登录的刷新令牌；写不写都一并作废。
}

// SignedInUser is the wire form of 登录者。
type SignedInUser struct {
	ID       string   `json:"id"`       // 账号编号。
	Verified bool     `json:"verified"` // 是否已实名。
	Roles    []string `json:"roles"`    // 角色。
}

// TokenPair is the wire form of 访问令牌和刷新令牌。
type TokenPair struct {
	AccessToken  string       `json:"accessToken"`  // JWT（EdDSA），15 分钟。
	RefreshToken string       `json:"refreshToken"` // 刷新令牌，每次使用后更换；重复使用会使整组令牌作废。
	TokenType    string       `json:"tokenType"`
	ExpiresIn    int          `json:"expiresIn"` // 访问令牌的有效秒数。
	User         SignedInUser `json:"user"`
}

// TokenRequest is the wire form of RFC 6749 §4.4 客户端凭证。
type TokenRequest struct {
	GrantType           string `json:"grant_type"` // 必须是 client_credentials。
	ClientID            string `json:"client_id,omitempty"`
	ClientAssertionType string `json:"client_assertion_type,omitempty"`
	ClientAssertion     string `json:"client_assertion,omitempty"` // private_key_jwt（RFC 7523）。
	Scope               string `json:"scope,omitempty"`
}

// TokenAnswer is the wire form of RFC 6749 §5.1 令牌。
type TokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope,omitempty"`
}

// JWK is the wire form of 公钥（RFC 8037）。
type JWK struct {
	KeyType string `json:"kty"`
	Curve   string `json:"crv"`
	X       string `json:"x"`
	KeyID   string `json:"kid"`
	Use     string `json:"use"`
	Alg     string `json:"alg"`
}

// JWKS is the wire form of 签发令牌的公钥集合（RFC 7517）。
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// OAuthMetadata is the wire form of 授权服务器元数据（RFC 8414）。
type OAuthMetadata struct {
	Issuer                                     string   `json:"issuer"`
	TokenEndpoint                              string   `json:"token_endpoint"`
	JWKSURI                                    string   `json:"jwks_uri"`
	GrantTypesSupported                        []string `json:"grant_types_supported"`
	ResponseTypesSupported                     []string `json:"response_types_supported"`
	TokenEndpointAuthMethodsSupported          []string `json:"token_endpoint_auth_methods_supported"`
	TokenEndpointAuthSigningAlgValuesSupported []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	ScopesSupported                            []string `json:"scopes_supported"`
	ServiceDocumentation                       string   `json:"service_documentation"`
	UiLocalesSupported                         []string `json:"ui_locales_supported"`
	AccessTokenSigningAlgValuesSupported       []string `json:"access_token_signing_alg_values_supported"`
}

// Me is the wire form of 当前登录的公民。
type Me struct {
	ID         string   `json:"id"`       // 账号编号。
	Verified   bool     `json:"verified"` // 是否已实名。
	Roles      []string `json:"roles"`
	Name       string   `json:"name,omitempty"`       // 本人姓名；未实名时没有。
	IDNoMasked string   `json:"idNoMasked,omitempty"` // 本人号码，中间 8 位隐去；未实名时没有。
	BoundAt    string   `json:"boundAt,omitempty"`
}

// IdentityRequest is the wire form of 实名绑定。
type IdentityRequest struct {
	Name string `json:"name"` // 姓名，与身份证一致。
	IDNo string `json:"idNo"` // 公民身份号码（GB 11643-1999）18 位。
}

// EnterpriseBinding is the wire form of 本人可代表的企业。
type EnterpriseBinding struct {
	USCC    string `json:"uscc"`
	Name    string `json:"name"` // 企业名称。
	As      string `json:"as"`   // 代表身份。
	BoundAt string `json:"boundAt"`
}

// EnterpriseBindings is the wire form of 本人可代表的企业。
type EnterpriseBindings struct {
	Items      []EnterpriseBinding `json:"items"`
	NextCursor string              `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// EnterpriseBindingRequest is the wire form of 绑定企业。
type EnterpriseBindingRequest struct {
	USCC string `json:"uscc"`
}
