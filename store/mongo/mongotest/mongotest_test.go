package mongotest

import "testing"

func TestNamed(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://h":                             "mongodb://h/db",
		"mongodb://h1,h2/?replicaSet=rs":          "mongodb://h1,h2/db?replicaSet=rs",
		"mongodb://h/old":                         "mongodb://h/db",
		"mongodb://u:p@h/":                        "mongodb://u:p@h/db?authSource=admin",
		"mongodb://u:p@h/old?x=1":                 "mongodb://u:p@h/db?x=1&authSource=old",
		"mongodb+srv://u:p@h/old?authSource=more": "mongodb+srv://u:p@h/db?authSource=more",
	} {
		if got := named(uri, "db"); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}
