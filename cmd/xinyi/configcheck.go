package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"
	"text/tabwriter"

	"xinyi/gateway/sms"
	"xinyi/gateway/verifier"
	"xinyi/gateway/wechat"
	"xinyi/handlers/chart"
)

// configCheck reads the configuration as serve would, and shows what comes out.
func configCheck(_ context.Context, c command) error {
	var keys []string
	eachField(&Config{}, func(key, _ string, _ reflect.Value) { keys = append(keys, key) })
	t := tool{name: "config check", keys: keys,
		brief: "按 serve 的方式读取配置，一次列出全部错误；无误时打印生效值（不含秘密）。有错误时退出码为 2。\n" +
			"Reads the configuration as serve would; lists every fault, or prints the values in force without secrets."}
	cfg, _, err := t.read(c)
	if err != nil {
		return err
	}
	faults := cfg.checkWorld()
	if info, err := os.Stat(cfg.keysDir()); err == nil && (!info.IsDir() || info.Mode().Perm()&0o077 != 0) {
		faults = append(faults, fmt.Errorf("keys-dir: %s 应为只有属主可进入的目录 (chmod 700)", cfg.keysDir()))
	}
	if err := errors.Join(faults...); err != nil {
		return usageError{err}
	}
	tw := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	def := defaultConfig()
	defaults := map[string]string{}
	eachField(&def, func(key, _ string, v reflect.Value) { defaults[key] = text(v) })
	eachField(&cfg, func(key, _ string, v reflect.Value) {
		mark := ""
		if text(v) != defaults[key] {
			mark = "*"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", key, redactURI(text(v)), mark)
	})
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, wide := range wideProxies(cfg.TrustedProxies) {
		fmt.Fprintln(c.stdout, "提醒", wide)
	}
	fmt.Fprintln(c.stdout, "配置检查通过。* 表示与默认值不同。")
	return nil
}

// checkWorld finds what Config.check cannot see in the values alone, or what a tool beside
// the server does not need.
func (c Config) checkWorld() (errs []error) {
	if _, err := prefixes(c.TrustedProxies); err != nil {
		errs = append(errs, err)
	}
	for key, path := range map[string]string{"wechat-secret-file": c.WeChatSecretFile, "verifier-secret-file": c.VerifierSecretFile, "sms-secret-file": c.SMSSecretFile} {
		if path == "" {
			continue
		}
		if secret, err := secretFile(path); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		} else if secret == "" {
			errs = append(errs, fmt.Errorf("%s: %s 是空文件", key, path))
		}
	}
	if u, err := url.Parse(c.BaseURL); c.BaseURL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, errors.New("base-url: 应为 http:// 或 https:// 开头的地址"))
	}
	for _, to := range []struct {
		key, value string
		check      func(string) error
	}{{"wechat-base-url", c.WeChatBaseURL, wechat.CheckURL}, {"verifier-url", c.VerifierURL, verifier.CheckURL}, {"sms-url", c.SMSURL, sms.CheckURL}} {
		if to.value != "" && to.check(to.value) != nil {
			errs = append(errs, fmt.Errorf("%s: 应为 https:// 开头、不含口令的地址；只有本机的地址可以是 http://", to.key))
		}
	}
	if c.ChartFont != "" {
		if _, err := chart.OpenFont(c.ChartFont); err != nil {
			errs = append(errs, fmt.Errorf("chart-font: %w", err))
		}
	}
	if c.RulesDir != "" {
		if _, err := ruleFiles(c.RulesDir); err != nil {
			errs = append(errs, fmt.Errorf("rules-dir: %w", err))
		}
	}
	return errs
}

// redactURI hides the user part of an address, which may hold a password.
func redactURI(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	hosts, path, hasPath := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(hosts, '@'); at >= 0 {
		hosts = "****" + hosts[at:]
	} else if strings.Contains(rest, "@") {
		return scheme + "://****" // a password with an unencoded slash: show nothing
	}
	if hasPath {
		hosts += "/" + path
	}
	return scheme + "://" + hosts
}
