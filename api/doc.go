// Package api is the contract of the HTTP surface and its wire types.
//
// openapi.yaml is the contract; it travels in the binary (OpenAPI). The types are
// written by hand, one file per desk: problem.go, signin.go, enterprise.go, record.go,
// credit.go, sector.go, benefit.go, approval.go, loan.go, machine.go. Instants are RFC
// 3339 text with offset, days YYYY-MM-DD, money integer 分; a pointer without omitempty
// may be null. apitest proves types, schemas, routes and exchanges equal.
// docs/ is the API reference page, without any foreign host.
package api

import (
	"embed"
	"io/fs"
)

//go:embed openapi.yaml
var openAPI []byte

//go:embed docs
var docs embed.FS

// OpenAPI gives a copy of the contract as it stands in the binary.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

// Docs gives the files of the API reference page; index.html is its start.
func Docs() fs.FS {
	sub, err := fs.Sub(docs, "docs")
	if err != nil { // cannot happen: the folder is embedded above
		return docs
	}
	return sub
}
