package model

import (
	"strings"
	"time"
)

// MessageState is where a message stands.
type MessageState string

const (
	MessageWaiting MessageState = "waiting" // 待发送
	MessageSent    MessageState = "sent"    // 已发送
	MessageDead    MessageState = "dead"    // 死信: nobody tries any more until somebody asks for it
)

// MessageChannel is a way to reach a person outside this service.
type MessageChannel string

const (
	ChannelWeChat MessageChannel = "wechat" // 小程序订阅消息
	ChannelSMS    MessageChannel = "sms"    // 短信
)

// Message is one message (消息) to a subject in the outbox. It names nobody: who reads it knows
// whom it is for. Its id says for what it is, so that one cause makes one message.
type Message struct {
	ID      string    `bson:"_id"` // see MessageID
	Subject SubjectID `bson:"subject"`
	Kind    string    `bson:"kind"` // of the template
	// Ref is the number of the case that it is about.
	Ref         string `bson:"ref"`
	Title       string `bson:"title"`
	Text        string `bson:"text"`
	RuleVersion string `bson:"ruleVersion"`
	// Template and Data are what each channel sends instead of the text.
	WeChat MessageForm `bson:"wechat"`
	SMS    MessageForm `bson:"sms"`
	Urgent bool        `bson:"urgent,omitempty"` // goes out in quiet hours (免打扰时段), too

	State MessageState `bson:"state"`
	// Queue is State while something may be done; absent once it is sent.
	Queue string `bson:"queue,omitempty"`
	// NextAt is when to try next, or when it died.
	NextAt   time.Time `bson:"nextAt"`
	Attempts int       `bson:"attempts,omitempty"`
	// Failure is why the last try failed, in one word.
	Failure   string         `bson:"failure,omitempty"`
	Channel   MessageChannel `bson:"channel,omitempty"` // it went by
	CreatedAt time.Time      `bson:"createdAt"`
	SentAt    time.Time      `bson:"sentAt,omitempty"`
	// UselessAt is when sending it helps nobody any more; zero = never.
	UselessAt time.Time `bson:"uselessAt,omitempty"`
	// ExpiresAt is when it is erased.
	ExpiresAt time.Time `bson:"expiresAt"`
	Rev       int64     `bson:"-"`
}

// MessageForm is a message in the form that a channel registered.
type MessageForm struct {
	Template string            `bson:"template,omitempty"`
	Page     string            `bson:"page,omitempty"`
	Data     map[string]string `bson:"data,omitempty"`
}

// MessageID names a message: the subject, the day of its cause, and the cause, so that a
// subject's messages are one range, in order of days.
func MessageID(subject SubjectID, day Date, kind, ref string) string {
	return string(subject) + "/" + string(day) + "/" + kind + "-" + strings.ReplaceAll(ref, "/", "-")
}

// MessageContact is where a subject agreed to be written to (消息订阅). Addresses are sealed.
type MessageContact struct {
	Subject SubjectID `bson:"_id"`
	Account string    `bson:"account"` // who agreed
	WeChat  Sealed    `bson:"wechat,omitempty"`
	Phone   Sealed    `bson:"phone,omitempty"`
	// PhoneMasked is shown.
	PhoneMasked string    `bson:"phoneMasked,omitempty"`
	AgreedAt    time.Time `bson:"agreedAt"`
	Rev         int64     `bson:"-"`
}

// Address gives the sealed address of a channel; nil = none.
func (c *MessageContact) Address(by MessageChannel) Sealed {
	switch by {
	case ChannelWeChat:
		return c.WeChat
	case ChannelSMS:
		return c.Phone
	}
	return nil
}
