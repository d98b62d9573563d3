package main

import (
	"fmt"
	"reflect"
	"testing"

	"gopkg.in/yaml.v3"
)

// FuzzConfigFile: no file ends the program, and what is taken from one says the same when it is
// written down and read again.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{"data: /x\nclient-rate: 7\ntrusted-proxies: [192.0.2.1/32, 2001:db8::1/128]\n", "demo: true\nshutdown-grace: 2m\nlog-level: \"debug\"\n",
		"a: 1\na: 2\n", "client-rate: many\n", "- a\n", "data: {a: b}\n", "data: &x y\nstore: *x\n", "? [a]\n: b\n", "<<: {data: x}\n", "wechat-templates: 'a=1 b=2,c=3'\n", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, err := decodeKeys(raw)
		if err != nil {
			return
		}
		cfg := defaultConfig()
		if len(applyFile(&cfg, "fuzz.yaml", keys)) > 0 {
			return
		}
		_ = cfg.check()
		_ = wideProxies(cfg.TrustedProxies)
		written := map[string]string{}
		eachField(&cfg, func(key, _ string, v reflect.Value) { written[key] = text(v) })
		again, err := yaml.Marshal(written)
		if err != nil {
			t.Fatal(err)
		}
		if keys, err = decodeKeys(again); err != nil {
			t.Fatalf("%v in %s", err, again)
		}
		next := defaultConfig()
		if errs := applyFile(&next, "again.yaml", keys); len(errs) > 0 {
			t.Fatalf("%v in %s", errs, again)
		}
		eachField(&next, func(key, _ string, v reflect.Value) {
			if got := fmt.Sprint(text(v)); got != written[key] {
				t.Fatalf("%s: %q, then %q", key, written[key], got)
			}
		})
	})
}
