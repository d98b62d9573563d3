package api

// Message is the wire form of 一条消息, as its reader sees it.
type Message struct {
	MessageID string `json:"messageId"`
	Kind      string `json:"kind"`
	Ref       string `json:"ref"` // 所涉办件的编号。
	Title     string `json:"title"`
	Text      string `json:"text"`
	State     string `json:"state"`
	Channel   string `json:"channel,omitempty"` // 送达渠道。
	CreatedAt string `json:"createdAt"`
	SentAt    string `json:"sentAt,omitempty"`
}

// Messages is the wire form of 我的消息.
type Messages struct {
	Items      []Message `json:"items"`
	NextCursor string    `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}

// MessageContactRequest is the wire form of 消息订阅.
type MessageContactRequest struct {
	USCC       string `json:"uscc,omitempty"`
	WeChatCode string `json:"wechatCode,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

// MessageContact is the wire form of 订阅情况.
type MessageContact struct {
	WeChat      bool   `json:"wechat"`
	PhoneMasked string `json:"phoneMasked"`
	AgreedAt    string `json:"agreedAt,omitempty"` // 从未设置过时没有。
}

// OutboxMessage is the wire form of 发件箱中的一条消息.
type OutboxMessage struct {
	MessageID   string `json:"messageId"`
	USCC        string `json:"uscc,omitempty"`
	Kind        string `json:"kind"`
	Ref         string `json:"ref"`
	Title       string `json:"title"`
	State       string `json:"state"`
	Attempts    int    `json:"attempts"`
	Failure     string `json:"failure,omitempty"`
	NextAt      string `json:"nextAt"` // 待发送：下次尝试；死信：成为死信的时刻。
	CreatedAt   string `json:"createdAt"`
	RuleVersion string `json:"ruleVersion"`
}

// OutboxMessages is the wire form of 发件箱.
type OutboxMessages struct {
	Items      []OutboxMessage `json:"items"`
	NextCursor string          `json:"nextCursor"` // 下一页的游标；没有下一页时为空串。
}
