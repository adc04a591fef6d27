// Command gen writes generated chains to a directory, for verifiers in any
// language to be held against:
//
//	go run ./chain/chaintest/gen -n 1000 -seed 1 -out DIR
//
// Each case is NAME.ndjson with NAME.key, the true first key, and where a
// checkpoint was kept elsewhere NAME.checkpoint. EXPECTED.tsv says for each what
// a verifier must answer that is given the flags in its third column: ok, fault,
// or ok-but-not, where the evidence given can't show what is wrong. CASES.tsv
// says what was done to each. With -archives it writes the segments of so many
// archive folders instead, all sound: NAME-1.ndjson, NAME-2.ndjson …, NAME.key and
// NAME.checkpoint.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"coffre/chain/chaintest"
)

func main() {
	n := flag.Int("n", 1000, "number of cases")
	seed := flag.Uint64("seed", 1, "the same seed gives the same files")
	out := flag.String("out", "", "directory to write to")
	archives := flag.Int("archives", 0, "number of archives to write instead of cases")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	err := error(nil)
	if *archives > 0 {
		err = writeArchives(*out, *archives, *seed)
	} else {
		err = write(*out, *n, *seed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(dir string, n int, seed uint64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	var expected, cases strings.Builder
	expected.WriteString("file\tverdict\tflags\n")
	cases.WriteString("file\tcase\tneeds\n")
	rng := rand.New(rand.NewPCG(seed, 11))
	for i := range n {
		c := chaintest.Random(seed<<32 + uint64(i))
		name := fmt.Sprintf("c%05d", i)
		if err := writeCase(filepath.Join(dir, name), c); err != nil {
			return err
		}
		verdict, flags := ask(c, name, rng.IntN(4))
		fmt.Fprintf(&expected, "%s.ndjson\t%s\t%s\n", name, verdict, flags)
		fmt.Fprintf(&cases, "%s.ndjson\t%s\t%s\n", name, c.Name, c.Needs)
	}
	for file, text := range map[string]string{"EXPECTED.tsv": expected.String(), "CASES.tsv": cases.String()} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write table: %w", err)
		}
	}
	return nil
}

func writeArchives(dir string, n int, seed uint64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	for i := range n {
		a, name := chaintest.RandomArchive(seed<<32+uint64(i)), fmt.Sprintf("a%05d", i)
		files := map[string][]byte{name + ".key": []byte(a.FirstKey + "\n"), name + ".checkpoint": []byte(a.Kept)}
		for k, b := range a.Segments {
			files[fmt.Sprintf("%s-%d.ndjson", name, k+1)] = b
		}
		for file, b := range files {
			if err := os.WriteFile(filepath.Join(dir, file), b, 0o644); err != nil {
				return fmt.Errorf("write archive: %w", err)
			}
		}
	}
	return nil
}

// ask draws which evidence the verifier is given, and says what it must answer.
func ask(c chaintest.Case, name string, draw int) (verdict, flags string) {
	key, note := draw&1 != 0, draw&2 != 0 && c.Kept != ""
	var given []string
	if key {
		given = append(given, "--key "+name+".key")
	}
	if note {
		given = append(given, "--checkpoint "+name+".checkpoint")
	}
	switch {
	case c.Faulty(key, note):
		verdict = "fault"
	case c.Sound:
		verdict = "ok"
	default:
		verdict = "ok-but-not"
	}
	return verdict, strings.Join(given, " ")
}

func writeCase(base string, c chaintest.Case) error {
	files := map[string][]byte{".ndjson": c.Export, ".key": []byte(c.FirstKey + "\n")}
	if c.Kept != "" {
		files[".checkpoint"] = []byte(c.Kept)
	}
	for ext, b := range files {
		if err := os.WriteFile(base+ext, b, 0o644); err != nil {
			return fmt.Errorf("write case: %w", err)
		}
	}
	return nil
}
