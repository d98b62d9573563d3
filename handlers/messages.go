package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/message"
)

// Messages is the desk of messages (消息).
type Messages struct {
	Desk *message.Service
}

// Mount adds the routes.
func (d *Messages) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/me/messages", d.own)
	r.Handle(http.MethodGet, "/v1/me/message-contact", d.contact)
	r.Handle(http.MethodPost, "/v1/me/message-contact", d.agree)
	r.Handle(http.MethodGet, "/v1/messages", d.outbox)
	r.Handle(http.MethodPost, "/v1/messages/:id/retry", d.retry)
}

// An id has three parts, on the wire between dots, since it stands in a path.
func wireMessageID(id string) string { return strings.ReplaceAll(id, "/", ".") }

func parseMessageID(text string) string { return strings.ReplaceAll(text, ".", "/") }

func (d *Messages) own(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	found, next, err := d.Desk.Own(c.Request.Context(), caller(c), query(c, "uscc"), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.Messages{Items: make([]api.Message, len(found))}
	for i, m := range found {
		answer.Items[i] = api.Message{MessageID: wireMessageID(m.ID), Kind: m.Kind, Ref: m.Ref, Title: m.Title, Text: m.Text, State: string(m.State),
			Channel: string(m.Channel), CreatedAt: instant(m.CreatedAt)}
		if !m.SentAt.IsZero() {
			answer.Items[i].SentAt = instant(m.SentAt)
		}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Messages) contact(c *gin.Context) error {
	k, err := d.Desk.Contact(c.Request.Context(), caller(c), query(c, "uscc"))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireContact(k))
}

func wireContact(k model.MessageContact) api.MessageContact {
	out := api.MessageContact{WeChat: k.WeChat != nil, PhoneMasked: k.PhoneMasked}
	if !k.AgreedAt.IsZero() {
		out.AgreedAt = instant(k.AgreedAt)
	}
	return out
}

func (d *Messages) agree(c *gin.Context) error {
	var in api.MessageContactRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	wire := func(k model.MessageContact) any { return wireContact(k) }
	agreed, err := d.Desk.Agree(c.Request.Context(), caller(c), message.Contact{USCC: in.USCC, WeChatCode: in.WeChatCode, Phone: in.Phone},
		receipt(c, http.StatusOK, wire))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wire(agreed))
}

func (d *Messages) outbox(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	queue := model.MessageDead
	if q := query(c, "state"); q != "" {
		queue = model.MessageState(q)
	}
	found, next, err := d.Desk.Outbox(c.Request.Context(), caller(c), queue, p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.OutboxMessages{Items: make([]api.OutboxMessage, len(found))}
	for i, m := range found {
		answer.Items[i] = wireOutbox(m)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireOutbox(m *model.Message) api.OutboxMessage {
	out := api.OutboxMessage{MessageID: wireMessageID(m.ID), Kind: m.Kind, Ref: m.Ref, Title: m.Title, State: string(m.State), Attempts: m.Attempts,
		Failure: m.Failure, NextAt: instant(m.NextAt), CreatedAt: instant(m.CreatedAt), RuleVersion: m.RuleVersion}
	if !m.Subject.IsPerson() {
		out.USCC = string(m.Subject)
	}
	return out
}

func (d *Messages) retry(c *gin.Context) error {
	wire := func(m model.Message) any { return wireOutbox(&m) }
	revived, err := d.Desk.Revive(c.Request.Context(), caller(c), parseMessageID(c.Param("id")), receipt(c, http.StatusOK, wire))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wire(revived))
}
