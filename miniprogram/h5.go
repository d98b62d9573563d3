// Package miniprogram carries the client people use (小程序): one source, built for
// WeChat and for the web. This Go package only embeds the web build (H5).
//
// The build goes to h5/, which git ignores; without it placeholder/ is shown, so that
// the program compiles and starts on a clone without Node. `all:` is needed because
// bundlers write names that begin with an underscore.
package miniprogram

import (
	"embed"
	"io/fs"
)

//go:embed all:h5 placeholder
var files embed.FS

// H5 gives the web build, or the placeholder when none was made; "index.html" is in
// either. built says which.
func H5() (tree fs.FS, built bool, err error) {
	return pick(files)
}

func pick(files fs.FS) (fs.FS, bool, error) {
	dir, built := "placeholder", false
	if _, err := fs.Stat(files, "h5/index.html"); err == nil {
		dir, built = "h5", true
	}
	tree, err := fs.Sub(files, dir)
	return tree, built, err
}
