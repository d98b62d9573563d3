// Command ferret serves FerretDB from a temporary folder, prints its URI as one line on
// standard output, and ends when standard input closes. It is for tests.
package main

import (
	"fmt"
	"io"
	"os"

	"xinyi/store/mongo/ferrettest"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	dir, err := os.MkdirTemp("", "ferret-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := ferrettest.Start(dir)
	if err != nil {
		return err
	}
	defer server.Stop()
	if _, err := fmt.Fprintln(out, server.URI()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}
