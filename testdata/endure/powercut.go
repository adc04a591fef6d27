package main

import (
	"flag"
	"fmt"
	"time"
)

// powercutMain cuts the power of a box, again and again, at moments that nobody
// chose. It records everything that the program asks of its disk (a file system of
// ours, through FUSE), replays the record to a moment, keeps what was synced and
// any part of what was not, starts the program on the result and asks it for
// everything that it had told its users by then.
func powercutMain(args []string) error {
	fl := flag.NewFlagSet("powercut", flag.ExitOnError)
	c := &cuts{}
	fl.StringVar(&c.program, "coffre", "", "the program")
	fl.IntVar(&c.points, "points", 40, "power cuts, over all scenes")
	fl.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()), "of everything random")
	seconds := fl.Int("seconds", 4, "recorded life")
	fl.StringVar(&c.only, "only", "", "life, migration or restore alone")
	fl.StringVar(&c.upgrades, "upgrades", "testdata/upgrade", "data of earlier formats")
	fl.StringVar(&c.keep, "keep", "", "keep what failed in this directory")
	fl.DurationVar(&patience, "patience", patience, "how long a box may take for what it does by itself")
	fl.Parse(args)
	c.last = time.Duration(*seconds) * time.Second
	fmt.Printf("powercut: seed %d\n", c.seed)
	return c.all()
}
