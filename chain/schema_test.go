package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSchemaOfEveryAction: the closed list and the table name the same actions.
func TestSchemaOfEveryAction(t *testing.T) {
	for action := range knownActions {
		if _, ok := SchemaOf(action); !ok {
			t.Errorf("%s has no schema", action)
		}
	}
	for _, s := range Schemas() {
		if !KnownAction(s.Action) {
			t.Errorf("%s is not in the closed list", s.Action)
		}
	}
	if len(rows) != len(knownActions) {
		t.Errorf("%d rows for %d actions", len(rows), len(knownActions))
	}
}

// schemaLines is the table, a line a member.
func schemaLines() (lines []string) {
	for _, s := range Schemas() {
		lines = append(lines, s.Action)
		for _, o := range s.Objects {
			lines = append(lines, s.Action+" object "+o)
		}
		for part, members := range map[string][]Member{"detail": s.Detail, "private": s.Private} {
			for _, m := range members {
				lines = append(lines, fmt.Sprintf("%s %s %s %s", s.Action, part, m.Name, m.Type))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// TestSchemaOnlyGrows: what any version knew, this one knows, so that old
// entries keep validating. COFFRE_WRITE_DOCS=1 adds what is new.
func TestSchemaOnlyGrows(t *testing.T) {
	const path = "testdata/schema.txt"
	b, err := os.ReadFile(path)
	if err != nil && os.Getenv("COFFRE_WRITE_DOCS") == "" {
		t.Fatal(err)
	}
	old, now := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"), schemaLines()
	for _, line := range old {
		if !slices.Contains(now, line) {
			t.Errorf("gone or changed: %s", line)
		}
	}
	if !slices.Equal(old, now) {
		writeOrFail(t, path, []byte(strings.Join(now, "\n")+"\n"))
	}
}

// TestEntrySchemaInDocs: the JSON Schema in docs is the generated one.
func TestEntrySchemaInDocs(t *testing.T) {
	want, err := EntrySchema()
	if err != nil {
		t.Fatal(err)
	}
	const path = "../docs/audit-entry.schema.json"
	if had, _ := os.ReadFile(path); !bytes.Equal(had, append(want, '\n')) {
		writeOrFail(t, path, append(want, '\n'))
	}
}

func writeOrFail(t *testing.T, path string, b []byte) {
	t.Helper()
	if os.Getenv("COFFRE_WRITE_DOCS") == "" {
		t.Errorf("%s is stale: COFFRE_WRITE_DOCS=1 go test -run Schema ./chain", path)
	} else if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// conforms is as much of JSON Schema as EntrySchema uses.
func conforms(schema, v any) bool {
	if ok, is := schema.(bool); is {
		return ok
	}
	s := schema.(map[string]any)
	if c, ok := s["const"]; ok && !reflect.DeepEqual(c, v) {
		return false
	}
	if list, ok := s["enum"].([]any); ok && !slices.ContainsFunc(list, func(one any) bool { return reflect.DeepEqual(one, v) }) {
		return false
	}
	if all, ok := s["allOf"].([]any); ok && slices.ContainsFunc(all, func(one any) bool { return !conforms(one, v) }) {
		return false
	}
	if cond, ok := s["if"]; ok && conforms(cond, v) && !conforms(s["then"], v) {
		return false
	}
	switch v := v.(type) {
	case string:
		p, _ := s["pattern"].(string)
		return typeIs(s, "string") && regexp.MustCompile(p).MatchString(v) && (s["minLength"] == nil || v != "")
	case float64:
		least, bounded := s["minimum"].(float64)
		return typeIs(s, "integer") && (!bounded || v >= least)
	case bool:
		return typeIs(s, "boolean")
	case []any:
		return typeIs(s, "array") && (s["items"] == nil || !slices.ContainsFunc(v, func(one any) bool { return !conforms(s["items"], one) }))
	case map[string]any:
		return typeIs(s, "object") && membersConform(s, v)
	}
	return false
}

func typeIs(s map[string]any, name string) bool { return s["type"] == nil || s["type"] == name }

func membersConform(s, v map[string]any) bool {
	props, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			return false
		}
	}
	for name, one := range v {
		if p, ok := props[name]; ok && !conforms(p, one) || !ok && s["additionalProperties"] == false {
			return false
		}
	}
	return true
}

// TestSchemasAgree: what CheckSchema lets through validates against the JSON
// Schema, and what it refuses doesn't.
func TestSchemasAgree(t *testing.T) {
	b, err := EntrySchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	user := Object{"user", "u1"}
	for _, c := range []struct {
		name string
		ev   Event
		good bool
	}{
		{"a sign-in", Event{Action: AuthSignIn, Object: user, Detail: Detail{"method": "password", "rehashed": true}}, true},
		{"an old sign-in, without its members", Event{Action: AuthSignIn}, true},
		{"an answer", Event{Action: AnswerGive, Detail: Detail{"passages": []any{map[string]any{"start": 1}}, "rights": []any{uint32(3)}}}, true},
		{"an answer without passages", Event{Action: AnswerGive, Detail: Detail{"passages": []any{}, "rights": []uint32{}}}, true},
		{"a pruning", Event{Action: AuditPrune, Detail: Detail{"chain_hash": Hash{}, "to": uint64(7)}}, true},
		{"a member that nobody knows", Event{Action: AuthSignIn, Object: user, Detail: Detail{"address": "10.0.0.1"}}, false},
		{"a member of another type", Event{Action: AuthSignIn, Object: user, Detail: Detail{"rehashed": "yes"}}, false},
		{"an array of another type", Event{Action: AnswerGive, Detail: Detail{"rights": []any{"all"}}}, false},
		{"a mixed array", Event{Action: AnswerGive, Detail: Detail{"rights": []any{1, "all"}}}, false},
		{"an object of another kind", Event{Action: AuthSignIn, Object: Object{"document", "d"}}, false},
		{"an object where there is none", Event{Action: SearchQuery, Object: user}, false},
	} {
		if err := c.ev.CheckSchema(); (err == nil) != c.good || err != nil && !errors.Is(err, ErrSchema) {
			t.Errorf("%s: %v", c.name, err)
		}
		p := Payload{Seq: 1, Time: time.Unix(1e9, 0), Nonce: NewNonce(), Actor: Actor{"user", "u"}, Action: c.ev.Action, Outcome: OK, Object: c.ev.Object, Detail: c.ev.Detail}
		raw, err := p.Canonical()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		if conforms(schema, v) != c.good {
			t.Errorf("%s: the JSON Schema says otherwise of %s", c.name, raw)
		}
	}
	if err := (Event{Action: "made.up"}).CheckSchema(); !errors.Is(err, ErrSchema) {
		t.Errorf("an action that is none: %v", err)
	}
	if err := (Event{Action: AuthSignIn, Private: Detail{"password": "x"}}).CheckSchema(); !errors.Is(err, ErrSchema) {
		t.Errorf("a private member that nobody knows: %v", err)
	}
}
