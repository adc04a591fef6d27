package bundle

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/store"
)

// Lines are what may be told of a technical log.
type Lines struct {
	Text   []byte         // JSON lines
	Counts map[string]int // of warnings and errors, by message and code
	Kept   int
	Left   int // lines that may not be told at all
}

// Firms tells how a firm's id is written: its place, "" for one whose lines are
// not for the reader.
type Firms func(id string) string

var (
	// A message is a sentence that stands in the source: letters and a few signs.
	// What a library writes there with an address in it has digits and dots.
	message = regexp.MustCompile(`^[A-Za-z][A-Za-z ,;:'’()-]{0,150}$`)
	word    = regexp.MustCompile(`^[a-z][a-z-]{0,40}$`)
	pattern = regexp.MustCompile(`^(none|/[a-zA-Z0-9_./{}$-]{0,100})$`)
	frame   = regexp.MustCompile(`/([A-Za-z0-9_]+\.go:[0-9]+)`)
)

// told are the attributes that may be told, and what of them.
var told = map[string]func(any) (any, bool){
	"request": ofString(store.ValidID), "route": ofString(pattern.MatchString),
	"method": ofString(func(s string) bool {
		return slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"}, s)
	}),
	"status": number, "ms": number, "bytes": number, "count": number, "seconds": number, "entry": number, "people": number, "leaks": number, "misses": number,
	"caller": ofString(word.MatchString), "code": ofString(word.MatchString), "reason": ofString(word.MatchString), "check": ofString(word.MatchString),
	"step": ofString(word.MatchString), "fault": ofString(word.MatchString), "holder": ofString(word.MatchString),
	"action": ofString(func(s string) bool { return len(s) < 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz.") == "" }),
	"stack":  frames,
}

func ofString(ok func(string) bool) func(any) (any, bool) {
	return func(v any) (any, bool) {
		s, isText := v.(string)
		return s, isText && ok(s)
	}
}

func number(v any) (any, bool) { _, ok := v.(float64); return v, ok }

// frames are the files and lines of a trace of the stack.
func frames(v any) (any, bool) {
	s, _ := v.(string)
	out := []string{}
	for _, m := range frame.FindAllStringSubmatch(s, 60) {
		out = append(out, m[1])
	}
	return out, len(out) > 0
}

// Hidden says of a text only how long it is.
func Hidden(s string) string { return "••• (" + strconv.Itoa(len([]rune(s))) + ")" }

// ReadLog tells what may be told of a log, of which each line is a JSON object.
func ReadLog(text []byte, firms Firms) Lines {
	out := Lines{Counts: map[string]int{}}
	for line := range bytes.Lines(text) {
		told, ok := readLine(line, firms, out.Counts)
		if !ok {
			out.Left++
			continue
		}
		out.Kept++
		out.Text = append(append(out.Text, told...), '\n')
	}
	return out
}

func readLine(line []byte, firms Firms, counts map[string]int) ([]byte, bool) {
	var in map[string]any
	if json.Unmarshal(line, &in) != nil {
		return nil, false
	}
	level, _ := in["level"].(string)
	msg, _ := in["msg"].(string)
	at, err := time.Parse(time.RFC3339Nano, text(in["time"]))
	if err != nil || !slices.Contains([]string{"INFO", "WARN", "ERROR"}, level) || !message.MatchString(msg) {
		return nil, false
	}
	firm := ""
	if id := text(in["tenant"]); id != "" || firms("") == "" {
		if firm = firms(id); firm == "" {
			return nil, false
		}
	}
	out := map[string]any{"time": at.UTC().Format(time.RFC3339Nano), "level": level, "msg": msg}
	if firm != "" {
		out["tenant"] = firm
	}
	hidden := []string{}
	for _, key := range slices.Sorted(maps.Keys(in)) {
		if slices.Contains([]string{"time", "level", "msg", "tenant"}, key) {
			continue
		}
		if say, known := told[key]; known {
			if v, ok := say(in[key]); ok {
				out[key] = v
				continue
			}
		}
		if word.MatchString(key) {
			hidden = append(hidden, key+" "+Hidden(text(in[key])))
		}
	}
	if len(hidden) > 0 {
		out["left_out"] = hidden
	}
	if level != "INFO" {
		code, _ := out["code"].(string)
		counts[strings.TrimSpace(level+" "+msg+" "+code)]++
	}
	b, err := json.Marshal(out)
	return b, err == nil
}

func text(v any) string { s, _ := v.(string); return s }
