package vault

import (
	"crypto/ed25519"

	"golang.org/x/mod/sumdb/note"
)

// noteSigner signs checkpoints in the note format under the name of a log.
type noteSigner struct {
	note.Verifier // gives Name and KeyHash
	key           ed25519.PrivateKey
}

func (s noteSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// NoteSigner gives the signer of the audit log called name (without spaces and "+"),
// with the key that is active now. Ask for it for every checkpoint.
func (v *Vault) NoteSigner(name string) (note.Signer, error) {
	k, ok := v.now.Load().audit.active(v.clock.Now())
	if !ok {
		return nil, noActiveKey(UseAudit)
	}
	_, verifier, err := k.key.noteVerifier(name)
	if err != nil {
		return nil, err
	}
	return noteSigner{Verifier: verifier, key: k.key.signer.(ed25519.PrivateKey)}, nil
}

// NoteVerifiers gives the verifiers of all audit keys that there ever were and were not
// forgotten: old checkpoints must stay verifiable. It serves any log name given.
func (v *Vault) NoteVerifiers(names ...string) (note.Verifiers, error) {
	var all []note.Verifier
	for _, k := range v.now.Load().audit {
		for _, name := range names {
			_, verifier, err := k.key.noteVerifier(name)
			if err != nil {
				return nil, err
			}
			all = append(all, verifier)
		}
	}
	return note.VerifierList(all...), nil
}

// NoteKeys gives the same keys as text ("name+hash+key"), newest first, for those who
// verify without this program.
func (v *Vault) NoteKeys(name string) ([]string, error) {
	var texts []string
	for _, k := range v.now.Load().audit {
		text, _, err := k.key.noteVerifier(name)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (k *signKey) noteVerifier(name string) (text string, v note.Verifier, err error) {
	text, err = note.NewEd25519VerifierKey(name, k.public.(ed25519.PublicKey))
	if err != nil {
		return "", nil, err
	}
	v, err = note.NewVerifier(text)
	return text, v, err
}
