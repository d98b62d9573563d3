package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// etag makes a strong validator from what an answer was made of: the revision of its
// documents, and parts such as the rules hash, the view and the caller. It is the same
// on every process.
func etag(rev int64, parts ...string) string {
	var scratch [192]byte
	data := binary.BigEndian.AppendUint64(scratch[:0], uint64(rev)) //nolint:gosec // a bit pattern
	for _, part := range parts {
		data = binary.BigEndian.AppendUint32(data, uint32(len(part))) //nolint:gosec // short texts
		data = append(data, part...)
	}
	sum := sha256.Sum256(data)
	var text [22]byte
	base64.RawURLEncoding.Encode(text[:], sum[:16])
	return `"` + string(text[:]) + `"`
}

// unchanged sets the ETag of the answer, and answers 304 when the caller has it already.
func unchanged(c *gin.Context, tag string) bool {
	call := callOf(c)
	call.head[2] = tag
	c.Writer.Header()["Etag"] = call.head[2:3:3]
	for _, given := range c.Request.Header["If-None-Match"] {
		if matches(given, tag) {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return true
		}
	}
	return false
}

// matches compares weakly, as If-None-Match asks (RFC 9110 §13.1.2).
func matches(list, tag string) bool {
	if list == tag {
		return true
	}
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return true
		}
	}
	return false
}

// ifMatch reports whether the caller has read what it is going to change:
// CodePreconditionRequired without If-Match, CodePreconditionFailed when it changed since.
func ifMatch(c *gin.Context, tag string) error {
	given := c.Request.Header["If-Match"]
	if len(given) == 0 {
		return &model.Error{Code: model.CodePreconditionRequired}
	}
	for _, list := range given {
		for item := range strings.SplitSeq(list, ",") {
			if strings.TrimSpace(item) == tag {
				return nil
			}
		}
	}
	return &model.Error{Code: model.CodePreconditionFailed}
}
