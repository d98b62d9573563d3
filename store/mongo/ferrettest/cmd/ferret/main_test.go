package main

import (
	"bufio"
	"io"
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
