package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/model"
	"xinyi/store"
)

// emulated gives what the demo's emulators would have sent.
func (w *world) emulated() demoMessages {
	w.t.Helper()
	var shown demoMessages
	res, err := http.Get(w.demo.MessagesURL)
	require.NoError(w.t, err)
	defer res.Body.Close()
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(&shown))
	return shown
}

// sentOf counts what the emulators took of a template.
func sentOf(m demoMessages, template string) (wechat, texts int) {
	for _, one := range m.WeChat {
		if one.Template == template {
			wechat++
		}
	}
	for _, one := range m.SMS {
		if one.Template == template {
			texts++
		}
	}
	return wechat, texts
}

// TestE2E_messages: a case is accepted, its notice and three working days before the last day
// its reminder reach the applicant once, over a restart; what reaches nobody is a dead letter
// that the office has sent again.
func TestE2E_messages(t *testing.T) {
	w := startDemo(t)
	clock := &ahead{}
	w.stop()
	w.start(startAt(clock, func(d store.Driver) store.Driver { return d }))
	w.to(clock, model.DateOf(clock.Now()).AddDays(1)) // ten in the morning
	mine := w.demo.Enterprises[len(w.demo.Enterprises)-1].USCC
	contact := api.MessageContactRequest{USCC: mine, WeChatCode: w.demo.Citizens[demoRepresentative].WeChatCode, Phone: "13800001234"}
	who := "citizen5"
	w.do(who, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: mine}).want(201)
	at := "/v1/me/message-contact"
	require.Equal(t, api.MessageContact{}, as[api.MessageContact](w.do(who, "GET", at+"?uscc="+mine, nil).want(200)))
	agreed := as[api.MessageContact](w.do(who, "POST", "/v1/me/message-contact", contact).want(200))
	require.True(t, agreed.WeChat)
	require.Equal(t, "138****1234", agreed.PhoneMasked)
	require.Equal(t, agreed, as[api.MessageContact](w.do(who, "GET", at+"?uscc="+mine, nil).want(200)))
	require.Equal(t, api.MessageContact{}, as[api.MessageContact](w.do(who, "GET", at, nil).want(200)), "the person's own is another")
	w.do("citizen1", "GET", at+"?uscc="+mine, nil).refused(403, model.CodeForbidden)
	w.do("citizen1", "POST", "/v1/me/message-contact", contact).refused(403, model.CodeForbidden)
	w.do("citizen1", "GET", "/v1/me/messages?uscc="+mine, nil).refused(403, model.CodeForbidden)

	plan := w.planned(mine, "D01")
	require.Equal(t, "deferred", plan.Mode)
	c := w.accepted(mine, "D01")
	w.eventually(func() bool { n, _ := sentOf(w.emulated(), "approval_notice"); return n == 1 }, "the notice")
	remind, err := model.ParseDate(*c.RemindOn)
	require.NoError(t, err)
	w.stop()
	w.start(startAt(clock, func(d store.Driver) store.Driver { return d }))
	w.to(clock, remind)
	w.eventually(func() bool {
		return len(as[api.Messages](w.do(who, "GET", "/v1/me/messages?uscc="+mine, nil).want(200)).Items) == 2
	}, "the reminder in the outbox")
	w.eventually(func() bool { n, _ := sentOf(w.emulated(), "approval_due"); return n == 1 }, "the reminder")
	var own []api.Message
	w.eventually(func() bool { // it arrives before it is marked
		own = as[api.Messages](w.do(who, "GET", "/v1/me/messages?uscc="+mine, nil).want(200)).Items
		return len(own) == 2 && own[0].State == "sent"
	}, "the mark of the reminder")
	require.Equal(t, []string{"approval_due", "sent", "wechat", c.No}, []string{own[0].Kind, own[0].State, own[0].Channel, own[0].Ref})
	require.Contains(t, own[0].Text, *c.SupplyBy)

	other := w.demo.Enterprises[0].USCC
	w.do("clerk", "POST", "/v1/approvals", api.ApprovalAcceptance{Subject: api.SubjectRef{USCC: other}, ItemCode: plan.ItemCode,
		MissingMaterials: []string{"D01"}, Mode: "normal"}).want(201)
	var dead api.OutboxMessage
	w.eventually(func() bool {
		for _, m := range as[api.OutboxMessages](w.do("office", "GET", "/v1/messages", nil).want(200)).Items {
			if m.USCC == other {
				dead = m
			}
		}
		return dead.MessageID != ""
	}, "a dead letter")
	require.Equal(t, "no_contact", dead.Failure)
	retried := as[api.OutboxMessage](w.do("office", "POST", "/v1/messages/"+dead.MessageID+"/retry", nil).want(200))
	require.Equal(t, "waiting", retried.State)
	w.do("department", "GET", "/v1/messages", nil).refused(403, model.CodeForbidden)
	require.NotContains(t, w.log.String(), contact.Phone)
	require.False(t, strings.Contains(w.log.String(), demoOpenID(demoRepresentative)))
	n, _ := sentOf(w.emulated(), "approval_due")
	require.Equal(t, 1, n, "once")
}

// An organisation hears of each step of a listing, by text where it takes no WeChat messages;
// what happens at night reaches it in the morning.
func TestE2E_listMessages(t *testing.T) {
	w := startDemo(t)
	clock := &ahead{}
	w.stop()
	w.start(startAt(clock, func(d store.Driver) store.Driver { return d }))
	tomorrow := model.DateOf(clock.Now()).AddDays(1)
	w.to(clock, tomorrow) // ten in the morning
	const who = "citizen5"
	uscc := w.lastEnterprise().USCC
	w.do(who, "POST", "/v1/me/enterprises", api.EnterpriseBindingRequest{USCC: uscc}).want(201)
	w.do(who, "POST", "/v1/me/message-contact", api.MessageContactRequest{USCC: uscc, Phone: "13800001234"}).want(200)
	arrives := func(kind string) {
		w.t.Helper()
		w.eventually(func() bool { _, n := sentOf(w.emulated(), kind); return n == 1 }, kind)
	}
	draft := as[api.Listing](w.do("department", "POST", entries, seriousDraft(uscc, "顺市监〔2026〕95号")).want(201))
	arrives("list_notice")
	at := entries + "/" + draft.ID
	w.do("reviewer", "POST", at+"/publication", nil, "If-Match", w.tag("reviewer", at)).want(200)
	arrives("list_published")
	w.toInstant(clock, tomorrow.Start().Add(22*time.Hour))
	w.do("department", "POST", at+"/removal", api.ListingRemoval{Reason: "复核后移出。"}, "If-Match", w.tag("department", at)).want(200)
	own := as[api.Messages](w.do(who, "GET", "/v1/me/messages?uscc="+uscc, nil).want(200)).Items
	require.Equal(t, []string{"list_removed", "waiting"}, []string{own[0].Kind, own[0].State})
	w.eventually(func() bool { // a sender saw it and left it for the morning
		waiting := as[api.OutboxMessages](w.do("office", "GET", "/v1/messages?state=waiting", nil).want(200)).Items
		return len(waiting) == 1 && strings.Contains(waiting[0].NextAt, "T08:00:00")
	}, "the message put off")
	_, n := sentOf(w.emulated(), "list_removed")
	require.Zero(t, n, "quiet hours")
	w.to(clock, tomorrow.AddDays(1))
	arrives("list_removed")
	require.NotContains(t, w.log.String(), "13800001234")
}
