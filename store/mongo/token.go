package mongo

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"time"

	"xinyi/model"
	"xinyi/store"
)

// position is the last key of a page: the values of the index fields that Equal leaves
// open, and the id. Its token is valid on every process.
type position struct {
	Values []value `json:"v,omitempty"`
	ID     string  `json:"id"`
}

// value is one index value; exactly one field is set.
type value struct {
	Int    *int64  `json:"i,omitempty"`
	String *string `json:"s,omitempty"`
	Bool   *bool   `json:"b,omitempty"`
	Time   *int64  `json:"t,omitempty"` // ms
}

func (v value) any() any {
	switch {
	case v.Int != nil:
		return *v.Int
	case v.String != nil:
		return *v.String
	case v.Bool != nil:
		return *v.Bool
	case v.Time != nil:
		return time.UnixMilli(*v.Time).UTC()
	}
	return nil
}

func (v value) valid() bool {
	n := 0
	for _, set := range []bool{v.Int != nil, v.String != nil, v.Bool != nil, v.Time != nil} {
		if set {
			n++
		}
	}
	return n == 1
}

// maxToken bounds what is decoded; ids and values are far below it.
const maxToken = 1 << 16

func encodeToken(v any) string {
	data, err := json.Marshal(v)
	if err != nil { // strings and numbers only
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// decodeToken is strict: only what encodeToken wrote decodes.
func decodeToken(token string, into any) error {
	data, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if len(token) > maxToken || err != nil {
		return errToken()
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if dec.Decode(into) != nil {
		return errToken()
	}
	if _, err := dec.Token(); err != io.EOF {
		return errToken()
	}
	return nil
}

// decodePosition reads the token of a page over n open fields.
func decodePosition(token string, n int) (position, error) {
	var p position
	if err := decodeToken(token, &p); err != nil {
		return position{}, err
	}
	if len(p.Values) != n || !store.ValidID(p.ID) {
		return position{}, errToken()
	}
	for _, v := range p.Values {
		if !v.valid() {
			return position{}, errToken()
		}
	}
	return p, nil
}

func errToken() error {
	return &model.Error{Code: model.CodeInvalidCursor, Detail: "翻页位置无效，请从第一页重新查询。"}
}
