package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"xinyi/gateway/sms"
	"xinyi/gateway/verifier"
	"xinyi/gateway/wechat"
	"xinyi/gateway/wechat/emulator"
	"xinyi/model"
	"xinyi/service/message"
)

// Size of the demo district.
const (
	demoPeople    = 400
	demoOrgs      = 300
	demoPerPerson = 6
	demoSeed      = 2026
)

// demo is the demo district: data, sign-ins and emulators. Demo is data, not code: no
// handler or service asks whether it runs in one.
type demo struct {
	file demoFile
	path string
}

// demoFile is <data>/demo.json, the only clear copy of the sign-ins.
type demoFile struct {
	BaseURL     string           `json:"baseUrl"`
	Citizens    []demoCitizen    `json:"citizens"`
	Staff       []demoStaff      `json:"staff"`
	Clients     []demoClient     `json:"clients"`
	Enterprises []demoEnterprise `json:"enterprises"`
	// MessagesURL shows what would have been sent to people.
	MessagesURL string `json:"messagesUrl"`
}

type demoCitizen struct {
	WeChatCode string `json:"wechatCode"`
	Name       string `json:"name"`
	IDNo       string `json:"idNo"`
	Level      string `json:"level"`
}

type demoStaff struct {
	Role       model.Role `json:"role"`
	Username   string     `json:"username"`
	Password   string     `json:"password"`
	TOTPSecret string     `json:"totpSecret,omitempty"`
}

type demoClient struct {
	Role         model.Role `json:"role"`
	ClientID     string     `json:"clientId"`
	ClientSecret string     `json:"clientSecret"`
}

type demoEnterprise struct {
	USCC        string `json:"uscc"`
	Name        string `json:"name"`
	Whitelisted bool   `json:"whitelisted"`
}

// openDemo loads the district into an empty store, or takes what is there, and starts
// the emulators. Keys, people and secrets of an existing folder stay.
func (s *server) openDemo(ctx context.Context, o *outside) (*demo, error) {
	p := s.platform
	if err := p.offerPersonalLevel(ctx, "demo"); err != nil {
		return nil, fmt.Errorf("演示数据: %w", err)
	}
	if err := p.offerCalendars(ctx, "demo"); err != nil {
		return nil, fmt.Errorf("演示数据: %w", err)
	}
	d := &demo{path: filepath.Join(p.cfg.Data, "demo.json")}
	err := readJSON(d.path, &d.file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := d.load(ctx, p); err != nil {
			return nil, fmt.Errorf("演示数据: %w", err)
		}
	case err != nil:
		return nil, err
	}
	d.file.BaseURL = s.baseURL
	if err := d.fill(ctx, p); err != nil {
		return nil, fmt.Errorf("演示数据: %w", err)
	}
	if o.verifier, err = d.register(p.clock); err != nil {
		return nil, err
	}
	if err := s.emulate(d, p.clock, o); err != nil {
		return nil, err
	}
	return d, d.save()
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// save writes demo.json for its owner only, whole or not at all.
func (d *demo) save() error {
	b, err := json.MarshalIndent(d.file, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(d.path), ".demo-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(append(b, '\n')); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), d.path)
}

// register is the identity verifier of the demo: it knows the demo citizens.
func (d *demo) register(c model.Clock) (*verifier.Register, error) {
	var people []verifier.Person
	for _, p := range d.file.Citizens {
		id, err := model.ParseCitizenID(p.IDNo, model.DateOf(c.Now()))
		if err != nil {
			return nil, err
		}
		people = append(people, verifier.Person{Name: p.Name, ID: id})
	}
	return verifier.NewRegister(people), nil
}

const (
	demoAppID  = "wxdemo0000000000"
	demoSecret = "demo-app-secret" // of the emulator on this machine; opens nothing else
)

// emulate starts WeChat's wire format and a text message platform on a free port, and gives
// what reaches them through the same code as the real ones.
func (s *server) emulate(d *demo, c model.Clock, o *outside) error {
	codes := map[string]string{}
	for i, p := range d.file.Citizens {
		codes[p.WeChatCode] = demoOpenID(i)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := "http://" + l.Addr().String()
	we := emulator.New(emulator.Config{AppID: demoAppID, AppSecret: demoSecret, DemoCodes: codes, Clock: c})
	texts := &sms.Emulator{Secret: demoSecret, Clock: c}
	mux := http.NewServeMux()
	mux.Handle("/", we)
	mux.Handle("POST /sms", texts)
	mux.Handle("GET /messages", showMessages(we, texts))
	srv := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: mux}
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.onStop(func(context.Context) error { return srv.Close() })
	client, err := wechat.New(wechat.Config{AppID: demoAppID, AppSecret: demoSecret, BaseURL: base, Clock: c})
	if err != nil {
		return err
	}
	out, err := sms.New(sms.Config{URL: base + "/sms", Secret: demoSecret, Clock: c})
	if err != nil {
		return err
	}
	o.openID, o.channels, d.file.MessagesURL = openIDOf(client), []message.Channel{wechat.Messages{Client: client}, out}, base+"/messages"
	return nil
}

func demoOpenID(i int) string { return "oDemo" + strconv.Itoa(1000+i) }
