// Command powercut cuts the power of a box, again and again, at moments that
// nobody chose. It records everything that the real program asks of its disk (a
// file system of ours, through FUSE), replays the record to a random moment,
// keeps what was synced and any part of what was not, starts the program on the
// result and asks it for everything that it had told its users by then.
//
//	powercut -coffre PATH [-points N] [-seed S] [-seconds N] [-only SCENE]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

func asJSON(s string, out any) error { return json.Unmarshal([]byte(s), out) }

func main() {
	program := flag.String("coffre", "", "the program")
	points := flag.Int("points", 40, "power cuts, over all scenes")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of everything random")
	seconds := flag.Int("seconds", 8, "recorded life")
	only := flag.String("only", "", "one scene alone")
	keep := flag.String("keep", "", "keep what failed in this directory")
	flag.DurationVar(&patience, "patience", patience, "how long a box may take for what it does by itself")
	flag.Parse()
	if *program == "" {
		fmt.Fprintln(os.Stderr, "powercut: -coffre is missing")
		os.Exit(2)
	}
	fmt.Printf("powercut: seed %d\n", *seed)
	c := &cuts{program: *program, seed: *seed, points: *points, last: time.Duration(*seconds) * time.Second, only: *only, keep: *keep}
	if err := c.all(); err != nil {
		fmt.Fprintln(os.Stderr, "powercut:", err)
		os.Exit(1)
	}
}
