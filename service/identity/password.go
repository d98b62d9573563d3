package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"xinyi/model"
)

// PasswordConfig says what a password check costs.
type PasswordConfig struct {
	MemoryKiB uint32 // 0 = 32 MiB
	Passes    uint32 // 0 = 3
	Lanes     uint8  // 0 = 1
	// Parallel checks at a time, each with its memory; 0 = one per two cores, at most 4:
	// guessing leaves the rest of the service a processor.
	Parallel int
	// Wait is how long a sign-in waits for its turn; 0 = 15 s.
	Wait time.Duration
}

func (c PasswordConfig) withDefaults() PasswordConfig {
	if c.MemoryKiB == 0 {
		c.MemoryKiB = 32 << 10
	}
	if c.Passes == 0 {
		c.Passes = 3
	}
	if c.Lanes == 0 {
		c.Lanes = 1
	}
	if c.Parallel <= 0 {
		c.Parallel = min(max(1, runtime.GOMAXPROCS(0)/2), 4)
	}
	if c.Wait <= 0 {
		c.Wait = 15 * time.Second
	}
	return c
}

const (
	saltSize = 16
	keySize  = 32
	// maxPassword bounds what is hashed; longer ones are wrong.
	maxPassword = 1024
	// Bounds of a stored hash, so that a damaged document cannot eat the memory.
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
	maxLanes     = 64
	maxHash      = 512
)

// HashPassword gives the Argon2id hash to store, as a PHC string.
func HashPassword(conf PasswordConfig, password string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt)
	h := phc{conf: conf.withDefaults(), salt: salt}
	h.key = h.derive(password, keySize)
	return h.String()
}

// dummyHash is a hash that no password has, for user names that do not exist.
func dummyHash(conf PasswordConfig) phc {
	h := phc{conf: conf.withDefaults(), salt: make([]byte, saltSize), key: make([]byte, keySize)}
	_, _ = rand.Read(h.salt)
	_, _ = rand.Read(h.key)
	return h
}

// phc is an Argon2id hash: $argon2id$v=19$m=…,t=…,p=…$salt$key.
type phc struct {
	conf      PasswordConfig
	salt, key []byte
}

// String is the PHC form.
func (h phc) String() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.conf.MemoryKiB, h.conf.Passes, h.conf.Lanes, b64(h.salt), b64(h.key))
}

func (h phc) derive(password string, size int) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.conf.Passes, h.conf.MemoryKiB, h.conf.Lanes, uint32(size))
}

func (h phc) matches(password string) bool {
	return subtle.ConstantTimeCompare(h.derive(password, len(h.key)), h.key) == 1
}

var errHash = errors.New("identity: stored password hash is not an Argon2id PHC string within bounds")

func parsePHC(s string) (phc, error) {
	parts := strings.Split(s, "$")
	if len(s) > maxHash || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, errHash
	}
	var h phc
	for i, p := range strings.SplitN(parts[3], ",", 4) {
		name, value, _ := strings.Cut(p, "=")
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n == 0 || i > 2 || name != "mtp"[i:i+1] {
			return phc{}, errHash
		}
		switch {
		case name == "m" && n <= maxMemoryKiB:
			h.conf.MemoryKiB = uint32(n)
		case name == "t" && n <= maxPasses:
			h.conf.Passes = uint32(n)
		case name == "p" && n <= maxLanes:
			h.conf.Lanes = uint8(n)
		default:
			return phc{}, errHash
		}
	}
	var errSalt, errKey error
	h.salt, errSalt = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, errKey = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errSalt != nil || errKey != nil || h.conf.Lanes == 0 || len(h.salt) < 8 || len(h.key) < 16 || h.conf.MemoryKiB < 8*uint32(h.conf.Lanes) {
		return phc{}, errHash
	}
	return h, nil
}

// gate lets a bounded number of password checks run at a time.
type gate struct {
	slots chan struct{}
	queue chan struct{}
	wait  time.Duration
}

// maxQueue bounds the sign-ins that wait for a slot: about what one slot works off while
// they wait.
const maxQueue = 256

func newGate(conf PasswordConfig) *gate {
	return &gate{slots: make(chan struct{}, conf.Parallel), queue: make(chan struct{}, maxQueue), wait: conf.Wait}
}

// enter waits for a slot; the caller calls leave when done. CodeRateLimited: too many
// sign-ins are waiting.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.queue <- struct{}{}:
		defer func() { <-g.queue }()
	default:
		return nil, errCrowded()
	}
	ctx, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-ctx.Done():
		return nil, errCrowded()
	}
}

func errCrowded() error {
	return &model.Error{Code: model.CodeRateLimited, Detail: "当前登录人数较多，请稍后重试。", RetryAfter: 5 * time.Second}
}
