package handlers

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

const (
	defaultLimit  = 20
	cursorPurpose = "cursor"
)

// page is where a list goes on.
type page struct {
	Limit int
	// After is the position that the service gave; "" = from the start.
	After string
}

// pageOf reads limit and cursor. A cursor is good for the same operation, path, filters
// and caller only: CodeInvalidCursor otherwise. The limit may change between pages.
func pageOf(c *gin.Context) (page, error) {
	p := page{Limit: defaultLimit}
	if limit := query(c, "limit"); limit != "" {
		p.Limit, _ = strconv.Atoi(limit) // the contract has checked it
	}
	given := query(c, "cursor")
	if given == "" {
		return p, nil
	}
	bad := model.Errorf(model.CodeInvalidCursor, "游标无效或不属于这次查询，请从第一页重新查询。")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(given)
	if err != nil || len(raw) < 1 || len(raw) < 1+int(raw[0]) {
		return page{}, bad
	}
	mac, after := raw[1:1+int(raw[0])], string(raw[1+int(raw[0]):])
	if !callOf(c).server.MACs.CheckMAC(cursorPurpose, bound(c, after), mac) {
		return page{}, bad
	}
	p.After = after
	return p, nil
}

// nextCursor signs a position; "" stays "".
func nextCursor(c *gin.Context, after string) (string, error) {
	if after == "" {
		return "", nil
	}
	mac, err := callOf(c).server.MACs.MAC(cursorPurpose, bound(c, after))
	if err != nil {
		return "", err
	}
	raw := append([]byte{byte(len(mac))}, mac...)
	return base64.RawURLEncoding.EncodeToString(append(raw, after...)), nil
}

// bound is what a cursor is signed over: operation, caller, path, filters, position.
func bound(c *gin.Context, after string) []byte {
	call := callOf(c)
	parts := []string{call.route.op.ID, call.principal.ID}
	for _, p := range c.Params {
		parts = append(parts, p.Key, p.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(call.query)) {
		if name != "cursor" && name != "limit" {
			parts = append(parts, name, call.query.Get(name))
		}
	}
	var data []byte
	for _, part := range append(parts, after) {
		data = binary.BigEndian.AppendUint32(data, uint32(len(part))) //nolint:gosec // bounded by the request
		data = append(data, part...)
	}
	return data
}

// slicePage cuts a page out of a short list that is in memory. The position is the key of
// the last item given; where that has gone meanwhile, the next greater key goes on.
func slicePage[T any](all []T, p page, key func(T) string) (items []T, next string) {
	if p.After != "" {
		at := slices.IndexFunc(all, func(v T) bool { return key(v) == p.After })
		if at < 0 {
			at = slices.IndexFunc(all, func(v T) bool { return key(v) > p.After }) - 1
		}
		if at == -2 { // no greater one
			return nil, ""
		}
		all = all[at+1:]
	}
	if len(all) <= p.Limit {
		return all, ""
	}
	return all[:p.Limit], key(all[p.Limit-1])
}
