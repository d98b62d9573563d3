// Command ferret serves FerretDB from a temporary folder. With a command behind it, that runs
// with its URI in XINYI_TEST_MONGODB_URI, and ferret ends as it does; without one, ferret
// prints the URI as one line on standard output, and ends when standard input closes. It is
// for tests.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"xinyi/store/mongo/ferrettest"
	"xinyi/store/mongo/mongotest"
)

func main() {
	var err error
	if len(os.Args) > 1 {
		err = run(os.Args[1:], os.Stdout)
	} else {
		err = serve(os.Stdin, os.Stdout)
	}
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() > 0 {
		os.Exit(ended.ExitCode())
	}
	os.Exit(1)
}

func serve(in io.Reader, out io.Writer) error {
	return with(func(uri string) error {
		if _, err := fmt.Fprintln(out, uri); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, in)
		return err
	})
}

func run(command []string, out io.Writer) error {
	return with(func(uri string) error {
		c := exec.Command(command[0], command[1:]...)
		c.Env = append(os.Environ(), mongotest.Variable+"="+uri)
		c.Stdout, c.Stderr = out, os.Stderr
		return c.Run()
	})
}

// with serves while use runs.
func with(use func(uri string) error) error {
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
	return use(server.URI())
}
