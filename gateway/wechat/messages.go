package wechat

import (
	"context"

	"xinyi/model"
)

// Messages sends the outbox's messages as subscribe messages; it satisfies
// service/message.Channel. Templates maps the templates of our rules to the ids that WeChat gave
// this mini-program; one that is not mapped is its own id.
//
// WeChat knows no idempotent sending: a message that was sent and not marked arrives twice, if
// the user's consents last.
type Messages struct {
	Client    *Client
	Templates map[string]string
}

// Channel is ChannelWeChat.
func (Messages) Channel() model.MessageChannel { return model.ChannelWeChat }

// Send sends m to an openid.
func (s Messages) Send(ctx context.Context, openID string, m *model.Message) error {
	template := m.WeChat.Template
	if id, ok := s.Templates[template]; ok {
		template = id
	}
	return s.Client.SendSubscribe(ctx, Message{OpenID: openID, TemplateID: template, Page: m.WeChat.Page, Data: m.WeChat.Data})
}
