package api

// FieldError is the wire form of 请求中的一处问题，不含提交的值。
type FieldError struct {
	Pointer string `json:"pointer"` // 正文用 JSON 指针（/subject/uscc），查询参数 ?name，路径参数 {name}，请求头 Name:。
	Code    string `json:"code"`    // 违反的规则，lower_snake。
	Detail  string `json:"detail"`  // 规则的中文说明。
}

// Problem is the wire form of RFC 9457 问题文档。
type Problem struct {
	Type      string       `json:"type"`   // 问题种类的 URI。
	Title     string       `json:"title"`  // 简短标题。
	Status    int          `json:"status"` // HTTP 状态码。
	Detail    string       `json:"detail"` // 一句话：下一步怎么办。
	Code      string       `json:"code"`
	RequestID string       `json:"requestId"`        // 请求编号，报障时请提供。
	Errors    []FieldError `json:"errors,omitempty"` // 逐项问题。
}

// OAuthError is the wire form of RFC 6749 §5.2 错误。
type OAuthError struct {
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description,omitempty"` // 说明，ASCII。
}
