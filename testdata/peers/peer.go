package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// Parameters of all graphs.
const (
	dimensions     = 384
	asked          = 1000 // queries
	nearest        = 10
	links          = 16 // M; twice as many at the lowest level
	efConstruction = 200
	ef             = 64
)

// peer is a contestant's process. It is asked a line at a time:
//
//	build                 take up all vectors, or passages
//	answers N FILE        write the answers to the first N queries, as int32s
//	round FROM SECONDS    ask on one thread from a query on, until the time is over
//
// and answers each with what it did: how many, and seconds by the clock and of
// processor time; peers of words add each query's milliseconds.
type peer struct {
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	built answer
}

type answer struct {
	Count     int       `json:"count"`
	Seconds   float64   `json:"seconds"`
	Processor float64   `json:"processor"`
	Millis    []float64 `json:"millis,omitempty"`
	PeakMB    float64   `json:"peak_mb,omitempty"`
	Error     string    `json:"error,omitempty"`
}

func start(name string, command ...string) (*peer, error) {
	p := &peer{name: name, cmd: exec.Command(command[0], command[1:]...)}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.out = bufio.NewScanner(out)
	p.out.Buffer(nil, 64<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

func (p *peer) ask(format string, args ...any) (a answer, err error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return a, fmt.Errorf("ask %s: %w", p.name, err)
	}
	if !p.out.Scan() {
		return a, fmt.Errorf("ask %s: it ended: %v", p.name, p.out.Err())
	}
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		return a, fmt.Errorf("read answer of %s: %q: %w", p.name, p.out.Text(), err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", p.name, a.Error)
	}
	return a, nil
}

// end lets a peer tidy up and go.
func (p *peer) end() {
	_ = p.in.Close()
	late := time.AfterFunc(time.Minute, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
}

// sizes are the arguments that every peer of vectors gets.
func sizes(n int) (list []string) {
	for _, i := range []int{n, dimensions, asked, nearest, links, efConstruction, ef} {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

// ourselves is a command of this program's own.
func ourselves(role string, args ...string) ([]string, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return append([]string{path, "child", role}, args...), nil
}
