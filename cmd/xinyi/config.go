package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Config is everything an operator can set. Each field is a flag, an XINYI_… variable
// and a key of the strict YAML file; flag beats variable beats file beats default.
// Secrets are given as files, never as values.
type Config struct {
	Demo          bool   `key:"demo" help:"load the demo district and start the emulators 演示模式"`
	Data          string `key:"data" help:"data folder of the embedded engine, keys and checkpoints 数据目录"`
	Listen        string `key:"listen" help:"address of the API 接口地址"`
	MetricsListen string `key:"metrics-listen" help:"address of /metrics; empty = 127.0.0.1:9090, in the demo a free port 指标地址"`
	Store         string `key:"store" help:"engine: empty or embedded = the data folder, or a mongodb:// URI 存储引擎"`
	BaseURL       string `key:"base-url" help:"public address, issuer of tokens; empty = http://<listen> 对外地址"`
	KeysDir       string `key:"keys-dir" help:"folder with master.key; empty = <data>/keys 主密钥目录"`
	ChartFont     string `key:"chart-font" help:"TTF, OTF or TTC file with Chinese letters for PNG charts; without one they show numbers only 图表字体"`
	RulesDir      string `key:"rules-dir" help:"folder whose benefit/*.yaml replaces the embedded benefit rules 惠民规则目录"`
	Crypto        string `key:"crypto" help:"gm (SM4/SM3) or intl (AES/SHA-256) for new keys 密码算法"`

	Upstream string `key:"upstream" help:"city = a platform above takes 双公示 in packages (xinyi upstream), none = this one stands alone 上级平台"`

	WeChatAppID      string `key:"wechat-app-id" help:"mini-program app id 小程序 AppID"`
	WeChatSecretFile string `key:"wechat-secret-file" help:"file with the app secret 小程序密钥文件"`
	WeChatBaseURL    string `key:"wechat-base-url" help:"base of the WeChat API 微信接口地址"`

	WeChatTemplates []string `key:"wechat-templates" help:"kind=id pairs: the id that WeChat gave each message template, comma-separated 订阅消息模板编号"`

	SMSURL        string `key:"sms-url" help:"text message platform 短信平台地址"`
	SMSSecretFile string `key:"sms-secret-file" help:"file with its secret 短信平台密钥文件"`

	VerifierURL        string `key:"verifier-url" help:"identity verification service 实名核验服务地址"`
	VerifierSecretFile string `key:"verifier-secret-file" help:"file with its secret 实名核验服务密钥文件"`

	ClientRate     int           `key:"client-rate" help:"requests per second of one signed-in client 每客户端每秒请求数"`
	AddressRate    int           `key:"address-rate" help:"requests per second of one address without a token 每地址每秒请求数"`
	TrustedProxies []string      `key:"trusted-proxies" help:"CIDRs of the proxies whose X-Forwarded-For and X-Request-Id are believed, comma-separated 可信代理"`
	CacheMB        int           `key:"cache-mb" help:"block cache of the embedded engine, MiB 块缓存"`
	FileCache      int           `key:"file-cache" help:"decoded subject files kept 主体档案缓存数"`
	MaxBodyKB      int           `key:"max-body-kb" help:"largest request body, KiB 请求体上限"`
	ShutdownGrace  time.Duration `key:"shutdown-grace" help:"time for running requests at the end 停机等待"`
	LogLevel       string        `key:"log-level" help:"debug, info, warn or error 日志级别"`

	AllowStandalone bool `key:"allow-standalone-mongodb" help:"accept a MongoDB without transactions (tests only) 允许单机 MongoDB（仅测试）"`
}

// defaultConfig is what holds when nothing is set.
func defaultConfig() Config {
	return Config{
		Data: "./data", Listen: "127.0.0.1:8080", Crypto: "gm", Upstream: upstreamNone,
		WeChatBaseURL: "https://api.weixin.qq.com",
		ClientRate:    200, AddressRate: 50,
		CacheMB: 512, FileCache: 1024, MaxBodyKB: 1024,
		ShutdownGrace: 10 * time.Second, LogLevel: "info",
	}
}

// demoRate is high enough for a load test from one address (api.md: ≥ 5,000/s).
const demoRate = 100_000

// loadConfig reads defaults, file, environment and flags, and reports every fault at
// once. extra lets a verb add flags of its own before parsing.
func loadConfig(name string, c command, extra func(*flag.FlagSet)) (Config, []string, error) {
	cfg := defaultConfig()
	fs := flag.NewFlagSet("xinyi "+name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	file := fs.String("config", envOf(c.env, "XINYI_CONFIG"), "strict YAML file with these keys 配置文件")
	given := map[string]*string{}
	eachField(&cfg, func(key, help string, v reflect.Value) {
		given[key] = flagFor(fs, key, help, v)
	})
	if extra != nil {
		extra(fs)
	}
	if err := fs.Parse(c.args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			printFlags(c.stdout, name, fs)
			return cfg, nil, flag.ErrHelp
		}
		return cfg, nil, usageError{err}
	}
	keys, errs := readKeys(*file)
	apply := func() []error {
		errs := append(applyFile(&cfg, *file, keys), applyEnv(&cfg, c.env)...)
		fs.Visit(func(f *flag.Flag) {
			if p, ok := given[f.Name]; ok {
				errs = append(errs, set(&cfg, f.Name, *p, "--"+f.Name)...)
			}
		})
		return errs
	}
	applied := apply()
	if cfg.Demo { // other defaults, under what is given
		cfg = defaultConfig()
		raiseForDemo(&cfg)
		applied = apply()
	}
	errs = append(append(errs, applied...), cfg.check()...)
	if len(errs) > 0 {
		return cfg, nil, usageError{errors.Join(errs...)}
	}
	return cfg, fs.Args(), nil
}

// raiseForDemo makes defaults those of the demo.
func raiseForDemo(cfg *Config) { cfg.ClientRate, cfg.AddressRate = demoRate, demoRate }

// check gives every value that cannot be right.
func (c Config) check() []error {
	var errs []error
	bad := func(key, why string) { errs = append(errs, fmt.Errorf("%s: %s", key, why)) }
	if c.Data == "" {
		bad("data", "数据目录不能为空")
	}
	if c.Crypto != "gm" && c.Crypto != "intl" {
		bad("crypto", "只能是 gm 或 intl")
	}
	if c.Upstream != upstreamNone && c.Upstream != upstreamCity {
		bad("upstream", "只能是 city 或 none")
	}
	if c.Store != "" && c.Store != "embedded" && !strings.HasPrefix(c.Store, "mongodb://") && !strings.HasPrefix(c.Store, "mongodb+srv://") {
		bad("store", "只能是 embedded 或 mongodb:// 开头的地址")
	}
	for key, v := range map[string]int{"client-rate": c.ClientRate, "address-rate": c.AddressRate, "cache-mb": c.CacheMB,
		"file-cache": c.FileCache, "max-body-kb": c.MaxBodyKB} {
		if v < 1 {
			bad(key, "必须是正整数")
		}
	}
	if !c.Demo && c.WeChatAppID != "" && c.WeChatSecretFile == "" {
		bad("wechat-secret-file", "设置了 wechat-app-id 时必须提供密钥文件")
	}
	for _, pair := range c.WeChatTemplates {
		if kind, id, ok := strings.Cut(pair, "="); !ok || kind == "" || id == "" {
			bad("wechat-templates", "每一项应为 消息种类=模板编号")
		}
	}
	if c.VerifierURL != "" && c.VerifierSecretFile == "" {
		bad("verifier-secret-file", "设置了 verifier-url 时必须提供密钥文件")
	}
	if c.SMSURL != "" && c.SMSSecretFile == "" {
		bad("sms-secret-file", "设置了 sms-url 时必须提供密钥文件")
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		bad("log-level", "只能是 debug、info、warn 或 error")
	}
	return errs
}

func eachField(cfg *Config, f func(key, help string, v reflect.Value)) {
	v := reflect.ValueOf(cfg).Elem()
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		f(tag.Get("key"), tag.Get("help"), v.Field(i))
	}
}

// flagFor declares the flag as text, so that one parser serves flag, variable and file.
func flagFor(fs *flag.FlagSet, key, help string, v reflect.Value) *string {
	s := new(string)
	if v.Kind() == reflect.Bool {
		fs.BoolFunc(key, help, func(x string) error { *s = x; return nil })
		return s
	}
	fs.StringVar(s, key, text(v), help)
	return s
}

func text(v reflect.Value) string {
	if list, ok := v.Interface().([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(v.Interface())
}

// set parses value into the field named key; where says whose fault a bad value is.
func set(cfg *Config, key, value, where string) (errs []error) {
	eachField(cfg, func(k, _ string, v reflect.Value) {
		if k != key {
			return
		}
		var err error
		switch p := v.Addr().Interface().(type) {
		case *string:
			*p = value
		case *bool:
			*p, err = strconv.ParseBool(value)
		case *int:
			*p, err = strconv.Atoi(value)
		case *time.Duration:
			*p, err = time.ParseDuration(value)
		case *[]string:
			*p = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: 不是有效的 %s 值", where, v.Type()))
		}
	})
	return errs
}

// readKeys reads the file once: it may be a pipe.
func readKeys(path string) ([]fileKey, []error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{fmt.Errorf("--config: %w", err)}
	}
	keys, err := decodeKeys(data)
	if err != nil {
		return nil, []error{fmt.Errorf("%s: %w", path, err)}
	}
	return keys, nil
}

func applyFile(cfg *Config, path string, keys []fileKey) (errs []error) {
	known := map[string]bool{}
	eachField(cfg, func(key, _ string, _ reflect.Value) { known[key] = true })
	for _, k := range keys {
		if !known[k.key] {
			errs = append(errs, fmt.Errorf("%s:%d: 未知的配置项 %q", path, k.line, k.key))
			continue
		}
		errs = append(errs, set(cfg, k.key, k.value, fmt.Sprintf("%s:%d: %s", path, k.line, k.key))...)
	}
	return errs
}

type fileKey struct {
	key, value string
	line       int
}

// decodeKeys reads a flat YAML mapping of scalars and lists, refusing repeated keys.
func decodeKeys(data []byte) ([]fileKey, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, errors.New("配置文件应为“配置项: 值”的形式")
	}
	var keys []fileKey
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		if seen[k.Value] {
			return nil, fmt.Errorf("第 %d 行重复的配置项 %q", k.Line, k.Value)
		}
		seen[k.Value] = true
		value := v.Value
		switch v.Kind {
		case yaml.ScalarNode:
		case yaml.SequenceNode:
			var items []string
			for _, item := range v.Content {
				items = append(items, item.Value)
			}
			value = strings.Join(items, ",")
		default:
			return nil, fmt.Errorf("第 %d 行 %q 的值应为单个值或列表", v.Line, k.Value)
		}
		keys = append(keys, fileKey{k.Value, value, k.Line})
	}
	return keys, nil
}

// envName is the variable of a key: XINYI_METRICS_LISTEN for metrics-listen.
func envName(key string) string {
	return "XINYI_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

func envOf(env []string, name string) string {
	for _, kv := range env {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v
		}
	}
	return ""
}

// foreignEnv are variables with our prefix that are no configuration keys.
var foreignEnv = []string{"XINYI_CONFIG", "XINYI_TEST_"}

func applyEnv(cfg *Config, env []string) (errs []error) {
	known := map[string]string{}
	eachField(cfg, func(key, _ string, _ reflect.Value) { known[envName(key)] = key })
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "XINYI_") || strings.HasPrefix(name, foreignEnv[1]) || name == foreignEnv[0] {
			continue
		}
		key, ok := known[name]
		if !ok {
			errs = append(errs, fmt.Errorf("环境变量 %s: 未知的配置项", name))
			continue
		}
		errs = append(errs, set(cfg, key, value, "环境变量 "+name)...)
	}
	return errs
}

func printFlags(w io.Writer, name string, fs *flag.FlagSet) {
	fmt.Fprintf(w, "用法 usage: xinyi %s [flags]\n\n每个 flag 也可写作环境变量（--metrics-listen ⇒ XINYI_METRICS_LISTEN）或 --config 文件中的配置项。\n\n", name)
	fs.SetOutput(w)
	fs.PrintDefaults()
}
