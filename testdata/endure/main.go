// Command endure holds the real program to what an appliance owes its owner: it
// loses nothing in a power cut, people work on while it is backed up, and a day of
// a whole firm's use leaves no trend in its memory. It shares no code with it.
//
//	endure powercut -coffre PATH [-points N] [-seed S] [-seconds N] [-only SCENE]
//	endure backup   -coffre PATH [-mb N] [-people N] [-strict]
//	endure soak     -coffre PATH [-people N] [-acts N]
//	endure signals  -coffre PATH [-points N] [-stop SECONDS]
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func asJSON(s string, out any) error { return json.Unmarshal([]byte(s), out) }

func main() {
	ways := map[string]func([]string) error{"powercut": powercutMain, "backup": backupMain, "soak": soakMain, "signals": signalsMain}
	if len(os.Args) < 2 || ways[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "endure: powercut, backup, soak or signals")
		os.Exit(2)
	}
	if err := ways[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "endure:", err)
		os.Exit(1)
	}
}
