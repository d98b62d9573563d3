package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"xinyi/gateway/sms"
	"xinyi/gateway/wechat"
	"xinyi/gateway/wechat/emulator"
	"xinyi/model"
	"xinyi/service/jobs"
	"xinyi/service/message"
	"xinyi/store"

	rules "xinyi/policy/message"
)

const (
	messagesEvery  = 5 * time.Second
	remindersEvery = 10 * time.Minute
	remindersAtOne = 200
)

// openMessages wires the desk of messages.
func (s *services) openMessages(p *platform, o outside) error {
	book, err := rules.Load(rules.Seed())
	if err != nil {
		return err
	}
	s.message = &message.Service{Store: store.NewMessages(p.driver, p.clock), Rules: book, Channels: o.channels, OpenID: o.openID,
		Logins: store.NewAccounts(p.driver), Files: s.credit, Sealer: p.vault, Auditor: p.audit, Clock: p.clock}
	s.approval.Notices, s.listing.Messenger = s.message, s.message
	return nil
}

// messageJobs take reminders into the outbox and send what is in it.
func (s *services) messageJobs() []jobs.Job {
	return []jobs.Job{
		{Name: "reminders", Schedule: jobs.Schedule{Every: remindersEvery}, Work: func(ctx context.Context, _ *jobs.Turn) error {
			for {
				n, err := s.approval.Reminders(ctx, "messages", remindersAtOne, s.message.Remind)
				if err != nil {
					return err
				}
				if n < remindersAtOne {
					return s.commitment.Reminders(ctx, remindersAtOne, s.message.RemindOfPromises)
				}
			}
		}},
		{Name: "messages", Schedule: jobs.Schedule{Every: messagesEvery}, Work: func(ctx context.Context, t *jobs.Turn) error {
			before := s.message.Stats().Dead
			err := s.message.Deliver(ctx, func(ctx context.Context, write func(context.Context, model.JobState) error) error {
				return t.Save(ctx, t.Position(), 1, write)
			})
			if dead := s.message.Stats().Dead - before; dead > 0 {
				t.Alarm(fmt.Sprintf("有 %d 条消息没有送达，请查看死信清单。", dead))
			}
			return err
		}},
	}
}

// channels are the configured ways to send.
func channels(cfg Config, client *wechat.Client, c model.Clock) ([]message.Channel, error) {
	var list []message.Channel
	if client != nil {
		list = append(list, wechat.Messages{Client: client, Templates: templateIDs(cfg.WeChatTemplates)})
	}
	if cfg.SMSURL == "" {
		return list, nil
	}
	secret, err := secretFile(cfg.SMSSecretFile)
	if err != nil {
		return nil, err
	}
	texts, err := sms.New(sms.Config{URL: cfg.SMSURL, Secret: secret, Clock: c})
	if err != nil {
		return nil, err
	}
	return append(list, texts), nil
}

func templateIDs(pairs []string) map[string]string {
	ids := map[string]string{}
	for _, pair := range pairs {
		if kind, id, ok := strings.Cut(pair, "="); ok {
			ids[kind] = id
		}
	}
	return ids
}

// demoMessages shows what the demo's emulators would have sent.
type demoMessages struct {
	WeChat []demoWeChat `json:"wechat"`
	SMS    []sms.Taken  `json:"sms"`
}

type demoWeChat struct {
	OpenID   string            `json:"openId"`
	Template string            `json:"template"`
	Page     string            `json:"page"`
	Data     map[string]string `json:"data"`
}

func showMessages(we *emulator.Emulator, texts *sms.Emulator) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		shown := demoMessages{WeChat: []demoWeChat{}, SMS: texts.Messages()}
		for _, m := range we.Messages() {
			shown.WeChat = append(shown.WeChat, demoWeChat{m.OpenID, m.TemplateID, m.Page, m.Data})
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(shown)
	}
}
