package vault

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Master is the key above all keys (主密钥, KEK): 32 random bytes that never stand in
// the store. Losing it loses every sealed field; it is backed up apart from the data.
type Master struct{ key [32]byte }

// NewMaster makes a random master key.
func NewMaster() Master {
	m := Master{}
	rand.Read(m.key[:]) // never fails since Go 1.24
	return m
}

// ParseMaster reads a master key given as text: 43–44 characters base64 or 64 hex
// digits, surrounding space ignored. The error never holds the text.
func ParseMaster(text string) (Master, error) {
	m := Master{}
	text = strings.TrimSpace(text)
	decode := base64.RawStdEncoding.Strict().DecodeString
	if len(text) == hex.EncodedLen(len(m.key)) {
		decode = hex.DecodeString
	}
	b, err := decode(strings.TrimRight(text, "="))
	if err != nil || len(b) != len(m.key) {
		return Master{}, errors.New("vault: the master key must be 32 bytes in base64 or hex")
	}
	m.key = [32]byte(b)
	clear(b)
	if m == (Master{}) {
		return Master{}, errors.New("vault: the master key is all zero")
	}
	return m, nil
}

// LoadMaster reads the master key from a file and refuses one that others may read.
func LoadMaster(path string) (Master, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Master{}, fmt.Errorf("vault: master key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return Master{}, fmt.Errorf("vault: master key file has mode %04o, it must be a regular file that only its owner may read: chmod 600 %s",
			info.Mode().Perm(), path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Master{}, fmt.Errorf("vault: master key: %w", err)
	}
	defer clear(b)
	m, err := ParseMaster(string(b))
	if err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// LoadOrCreateMaster reads the master key, or makes one on the first start, with mode
// 0600 in a folder of mode 0700. Of several processes that start at once one wins and
// the others read its key.
func LoadOrCreateMaster(path string) (Master, error) {
	m, err := LoadMaster(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Master{}, fmt.Errorf("vault: master key: %w", err)
	}
	err = WriteMaster(path, NewMaster())
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return Master{}, err
	}
	return LoadMaster(path)
}

// WriteMaster writes m to a new file of mode 0600; fs.ErrExist if there is one.
func WriteMaster(path string, m Master) error {
	return createFile(path, []byte(base64.StdEncoding.EncodeToString(m.key[:])+"\n"))
}

// ID names the master key without telling anything about it: 8 hex digits.
func (m Master) ID() string { return hex.EncodeToString(m.derive("id", 4)) }

// String, GoString and LogValue keep the key out of logs.
func (m Master) String() string       { return "master(****)" }
func (m Master) GoString() string     { return m.String() }
func (m Master) LogValue() slog.Value { return slog.StringValue(m.String()) }
