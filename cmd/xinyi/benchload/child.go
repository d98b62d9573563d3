package benchload

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// reply is one line of the generator: ready for the phase, or its result.
type reply struct {
	Ready  bool    `json:"ready,omitempty"`
	Result *Result `json:"result,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// Serve is the generator process: for each phase that stands on a line of in it opens
// the connections, or takes those that the phase before has kept, says it is ready, waits
// for a line "go", runs and answers with the result. It ends with in.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	enc := json.NewEncoder(out)
	var h held
	defer h.hangUp()
	for lines.Scan() {
		var p Phase
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return err
		}
		if err := h.prepare(ctx, p); err != nil {
			if err := enc.Encode(reply{Error: err.Error()}); err != nil {
				return err
			}
			continue
		}
		if err := enc.Encode(reply{Ready: true}); err != nil {
			return err
		}
		if !lines.Scan() {
			break
		}
		result := run(ctx, p, h.requests, h.workers)
		if !p.Keep {
			h.hangUp()
		}
		if err := enc.Encode(reply{Result: &result}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// held is what the process has from phase to phase.
type held struct {
	file     string
	requests [][]byte
	addr     string
	workers  []*worker // connected to addr
}

// prepare reads the requests of a phase and opens its connections, if they are not at hand.
func (h *held) prepare(ctx context.Context, p Phase) (err error) {
	if p.File != h.file {
		h.file = ""
		if h.requests, err = readRequests(p.File); err != nil {
			return err
		}
		h.file = p.File
	}
	if p.Addr == h.addr && p.Conns == len(h.workers) {
		h.workers = renewed(h.workers)
		return nil
	}
	h.hangUp()
	h.addr = p.Addr
	h.workers, err = dial(ctx, p)
	return err
}

func (h *held) hangUp() {
	hangUp(h.workers)
	h.workers = nil
}

// Generator is a running generator process, seen from the bench.
type Generator struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// Start starts cmd, whose program must call Serve. It has half of the processors, on two of
// them one: one goroutine sends and reads, and other threads would only be in the server's way.
func Start(cmd *exec.Cmd) (*Generator, error) {
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS="+strconv.Itoa(max(1, runtime.NumCPU()/2)))
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Generator{cmd: cmd, in: in, out: json.NewDecoder(out)}, nil
}

// Run runs one phase; before and after are called at its edges, with every connection
// open and no request under way.
func (g *Generator) Run(p Phase, before, after func() error) (Result, error) {
	line, err := json.Marshal(p)
	if err != nil {
		return Result{}, err
	}
	if _, err := g.in.Write(append(line, '\n')); err != nil {
		return Result{}, err
	}
	if _, err := g.reply(); err != nil {
		return Result{}, err
	}
	if err := before(); err != nil {
		return Result{}, err
	}
	if _, err := io.Copy(g.in, strings.NewReader("go\n")); err != nil {
		return Result{}, err
	}
	r, err := g.reply()
	if err != nil {
		return Result{}, err
	}
	if r.Result == nil {
		return Result{}, errors.New("benchload: no result")
	}
	return *r.Result, after()
}

func (g *Generator) reply() (reply, error) {
	var r reply
	if err := g.out.Decode(&r); err != nil {
		return r, err
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

// Close ends the process.
func (g *Generator) Close() error { return errors.Join(g.in.Close(), g.cmd.Wait()) }
