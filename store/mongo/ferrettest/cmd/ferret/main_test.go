package main

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store/mongo/mongotest"
)

func TestServesUntilInputCloses(t *testing.T) {
	in, keepOpen := io.Pipe()
	out, uri := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- serve(in, uri) }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Run("answers", func(t *testing.T) {
		if d := mongotest.Open(t, line[:len(line)-1], "x", model.ClockFunc(time.Now)); d.Capabilities().Transactions {
			t.Error("FerretDB has no transactions")
		}
	})
	_ = keepOpen.Close()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestRunsACommand(t *testing.T) {
	var out strings.Builder
	if err := run([]string{"sh", "-c", "echo $" + mongotest.Variable}, &out); err != nil || !strings.HasPrefix(out.String(), "mongodb://127.0.0.1:") {
		t.Fatalf("%q %v", out.String(), err)
	}
	var ended *exec.ExitError
	if err := run([]string{"sh", "-c", "exit 3"}, &out); !errors.As(err, &ended) || ended.ExitCode() != 3 {
		t.Fatal(err)
	}
}
