package kit

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"coffre/ui/words"
)

//go:embed script/*.js page.html style.css words.json
var parts embed.FS

// The scripts are modules for Node, and one classic script in the page: a page
// opened from a file may load no module. Their imports stand on lines of their
// own, and so do their exports.
var (
	importLine = regexp.MustCompile(`(?m)^import \{ ([^}]+) \} from '\./([a-z0-9]+\.js)';\n`)
	exportWord = regexp.MustCompile(`(?m)^export ((?:async )?function\*?|class|const|let) ([A-Za-z0-9_]+)`)
	leftover   = regexp.MustCompile(`(?m)^(import|export)\b`)
)

// joiner writes each module once, behind those that it imports.
type joiner struct {
	out     strings.Builder
	state   map[string]int // 1 while its imports are written, 2 once it is
	replace map[string]string
}

func joinScript(entry string, replace map[string]string) (string, error) {
	j := joiner{state: map[string]int{}, replace: replace}
	j.out.WriteString("'use strict';\n")
	if err := j.module(entry); err != nil {
		return "", err
	}
	s := j.out.String()
	if strings.Contains(s, "</script") || strings.Contains(s, "<!--") {
		return "", fmt.Errorf("join scripts: a text in them would end the script element")
	}
	return s, nil
}

func (j *joiner) module(name string) error {
	switch j.state[name] {
	case 1:
		return fmt.Errorf("join scripts: %s imports itself", name)
	case 2:
		return nil
	}
	j.state[name] = 1
	source, ok := j.replace[name]
	if !ok {
		b, err := parts.ReadFile(path.Join("script", name))
		if err != nil {
			return fmt.Errorf("join scripts: %w", err)
		}
		source = string(b)
	}
	for _, m := range importLine.FindAllStringSubmatch(source, -1) {
		if err := j.module(m[2]); err != nil {
			return err
		}
	}
	body := importLine.ReplaceAllStringFunc(source, func(line string) string {
		m := importLine.FindStringSubmatch(line)
		return fmt.Sprintf("const { %s } = %s;\n", m[1], variable(m[2]))
	})
	var exports []string
	for _, m := range exportWord.FindAllStringSubmatch(body, -1) {
		exports = append(exports, m[2])
	}
	body = exportWord.ReplaceAllString(body, "$1 $2")
	if line := leftover.FindString(body); line != "" {
		return fmt.Errorf("join scripts: an %s of %s has an unknown form", line, name)
	}
	fmt.Fprintf(&j.out, "\nconst %s = (() => {\n%sreturn { %s };\n})();\n", variable(name), body, strings.Join(exports, ", "))
	j.state[name] = 2
	return nil
}

func variable(name string) string { return "module_" + strings.TrimSuffix(name, ".js") }

type sentence map[words.Lang]string

// catalogue returns the module that holds every sentence of the page: its own,
// and those about faults that coffre's pages show too, so that both say the same.
func catalogue() (string, error) {
	b, err := parts.ReadFile("words.json")
	if err != nil {
		return "", fmt.Errorf("read words: %w", err)
	}
	all := map[string]sentence{}
	if err := json.Unmarshal(b, &all); err != nil {
		return "", fmt.Errorf("read words: %w", err)
	}
	for _, key := range words.Keys() {
		if strings.HasPrefix(key, "fault.") || strings.HasPrefix(key, "looks.") {
			all[key] = both(func(l words.Lang) string { return l.T(key, "code", "{code}") })
		}
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("encode words: %w", err)
	}
	return "export const catalogue = " + string(encoded) + ";\n", nil
}

func both(say func(words.Lang) string) sentence {
	s := sentence{}
	for _, l := range words.Langs {
		s[l] = say(l)
	}
	return s
}
