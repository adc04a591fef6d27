package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// building is the time that taking up passages took, without reading them.
var building answer

// contestant is what a child of this program asks.
type contestant interface {
	build() (n int, err error)
	ask(query int) ([]int32, error)
	close() error
}

// child serves a contestant on standard input and output.
func child(role string, args []string) error {
	make, ok := roles[role]
	if !ok {
		return fmt.Errorf("there is no contestant %s", role)
	}
	c, err := make(args)
	if err != nil {
		return err
	}
	if dir := os.Getenv("PEERS_PROFILE"); dir != "" { // of everything that the contestant does
		f, err := os.Create(filepath.Join(dir, role+".pprof"))
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	out := json.NewEncoder(os.Stdout)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		begun, cpu := time.Now(), processor()
		a, err := serve(c, in.Text())
		if err != nil {
			a.Error = err.Error()
		}
		if a.Seconds == 0 {
			a.Seconds, a.Processor = time.Since(begun).Seconds(), (processor() - cpu).Seconds()
		}
		if err := out.Encode(a); err != nil {
			return err
		}
	}
	return c.close()
}

var roles = map[string]func(args []string) (contestant, error){
	"coffre": newProduct, "coffre-exact": newProductExact, "coffre-filtered": newFiltered,
	"coder": newCoder, "sqlite-vec": newSQLiteVec,
	"coffre-words": newProductWords, "fts5": newFTS5,
}

func serve(c contestant, line string) (a answer, err error) {
	var first int
	var second, what string
	fmt.Sscan(line, &what, &first, &second)
	switch what {
	case "build":
		forgetPeak()
		n, err := c.build()
		return answer{Count: n, Seconds: building.Seconds, Processor: building.Processor, PeakMB: peakMB()}, err
	case "answers":
		ids := make([]int32, 0, first*nearest)
		for i := range first {
			found, err := c.ask(i)
			if err != nil {
				return a, err
			}
			for len(found) < nearest {
				found = append(found, -1)
			}
			ids = append(ids, found[:nearest]...)
		}
		a.Count, err = first, writeInts(second, ids)
	case "round":
		return round(c, first, second)
	case "allow":
		err = c.(*filtered).allow(strings.TrimPrefix(line, "allow "))
	default:
		err = fmt.Errorf("unknown request %q", line)
	}
	return a, err
}

// round asks on one thread until the time is over.
func round(c contestant, from int, seconds string) (a answer, err error) {
	limit, err := time.ParseDuration(seconds + "s")
	if err != nil {
		return a, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for begun := time.Now(); time.Since(begun) < limit; a.Count++ {
		one := time.Now()
		if _, err := c.ask(from + a.Count); err != nil {
			return a, err
		}
		a.Millis = append(a.Millis, float64(time.Since(one).Microseconds())/1000)
	}
	return a, nil
}

func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// forgetPeak makes Linux count the peak of resident memory anew.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMB is the most that was resident since, in MiB; 0 where nothing tells.
func peakMB() float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kb float64
	fmt.Sscan(rest, &kb)
	return kb / 1024
}
