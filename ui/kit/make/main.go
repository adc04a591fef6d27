// Command make writes verify.html, for tests that open it in a browser and for
// whoever publishes it beside a release.
//
//	go run ./ui/kit/make -out verify.html
package main

import (
	"flag"
	"fmt"
	"os"

	"coffre/ui/kit"
)

func main() {
	out := flag.String("out", "verify.html", "file to write")
	flag.Parse()
	html, err := kit.Page()
	if err == nil {
		err = os.WriteFile(*out, html, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}
