// Command shape holds the tree to its size: no file over 500 lines, the median
// of Go files under 150, no function over 100 lines and 9 of 10 under 45, no
// package whose name says nothing, no word that marks unfinished work.
//
//	go run .ci/shape/shape.go
//
// Generated files (*_templ.go) and what isn't ours are not counted.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	longestFile     = 500
	medianFile      = 150
	longestFunction = 100
	mostFunctions   = 45
)

var (
	counted    = []string{".go", ".templ", ".js", ".mjs", ".css", ".py", ".sh"}
	hollow     = []string{"util", "utils", "common", "helpers", "types", "core", "service", "app", "misc"}
	unfinished = regexp.MustCompile(`\b(TO(DO)|FIX(ME)|XX(X))\b|\b(?i:not (implemented)|for (now)|place(holder)|st(ub))\b`) // split, so as not to match itself
)

func main() {
	faults, err := check()
	if err != nil {
		fmt.Fprintln(os.Stderr, "shape:", err)
		os.Exit(1)
	}
	for _, f := range faults {
		fmt.Println(f)
	}
	if len(faults) > 0 {
		os.Exit(1)
	}
}

func check() (faults []string, err error) {
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	var files, functions []int
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		ext := filepath.Ext(name)
		if !slices.Contains(counted, ext) || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, ".min.js") {
			continue
		}
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
		n := strings.Count(string(text), "\n")
		if n > longestFile {
			faults = append(faults, fmt.Sprintf("%s: %d lines, more than %d", name, n, longestFile))
		}
		if ext != ".go" {
			continue
		}
		if !strings.HasSuffix(name, "_test.go") {
			files = append(files, n)
		}
		more, lengths, err := checkGo(name, text)
		if err != nil {
			return nil, err
		}
		faults, functions = append(faults, more...), append(functions, lengths...)
	}
	slices.Sort(files)
	slices.Sort(functions)
	median, ninth := files[len(files)/2], functions[len(functions)*9/10]
	fmt.Printf("%d Go files, median %d lines; %d functions, 9 of 10 up to %d lines, longest %d\n",
		len(files), median, len(functions), ninth, functions[len(functions)-1])
	if median >= medianFile {
		faults = append(faults, fmt.Sprintf("the median file has %d lines, not under %d", median, medianFile))
	}
	if ninth > mostFunctions {
		faults = append(faults, fmt.Sprintf("1 function in 10 has over %d lines", mostFunctions))
	}
	return faults, nil
}

// checkGo looks at one Go file; lengths are its functions' lines.
func checkGo(name string, text []byte) (faults []string, lengths []int, err error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		return nil, nil, fmt.Errorf("parse: %w", err)
	}
	if slices.Contains(hollow, f.Name.Name) {
		faults = append(faults, fmt.Sprintf("%s: package %s says nothing of what it holds", name, f.Name.Name))
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		at := set.Position(fn.Pos())
		n := set.Position(fn.End()).Line - at.Line + 1
		if n > longestFunction {
			faults = append(faults, fmt.Sprintf("%s:%d: %s has %d lines, more than %d", name, at.Line, fn.Name.Name, n, longestFunction))
		}
		lengths = append(lengths, n)
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if m := unfinished.FindString(c.Text); m != "" {
				faults = append(faults, fmt.Sprintf("%s:%d: %q in a comment", name, set.Position(c.Pos()).Line, m))
			}
		}
	}
	return faults, lengths, nil
}
