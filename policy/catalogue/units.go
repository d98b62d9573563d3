package catalogue

import "strings"

// UnitType is a kind of unit that provides information (提供单位).
type UnitType struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"`
	// Names are patterns with * for the place; Former are names of before the reform of
	// 2018, which lead to the unit that took the work over.
	Names  []string `yaml:"names"`
	Former []string `yaml:"former"`
}

// Provider gives the type of unit that a name stands for: one of our places in one of
// the patterns. ok is false for a name that is not registered; nothing is guessed.
func (b *Book) Provider(unit string) (key string, ok bool) {
	key, ok = b.units[strings.TrimSpace(unit)]
	return key, ok
}

// ProviderName gives the name of a unit type; the key itself for an unknown one.
func (b *Book) ProviderName(key string) string {
	for _, t := range b.unitTypes {
		if t.Key == key {
			return t.Name
		}
	}
	return key
}
