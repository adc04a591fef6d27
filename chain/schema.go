package chain

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The types of a member of a detail or a private part.
const (
	TypeString   = "string"
	TypeInteger  = "integer"
	TypeBoolean  = "boolean"
	TypeObject   = "object"
	TypeStrings  = "strings"  // an array of them
	TypeIntegers = "integers" // an array of them
	TypeObjects  = "objects"  // an array of them
)

// Member is a member that an entry of an action may have. None is required:
// entries from before a member was added lack it.
type Member struct{ Name, Type string }

// Schema says what an entry of an action may hold besides the members that every
// entry has: which kinds of object, and which members its detail and its private
// part may have.
type Schema struct {
	Action          string
	Objects         []string // none: the action has no object
	Detail, Private []Member
}

// ErrSchema is wrapped where an event holds what its action's schema lacks.
var ErrSchema = errors.New("not in the action's schema (chain/schema_table.go)")

// SchemaOf returns the schema of an action in the closed list.
func SchemaOf(action string) (Schema, bool) {
	s, ok := schemas[action]
	return s, ok
}

// Schemas lists the schema of every action, in alphabetical order.
func Schemas() []Schema {
	var all []Schema
	for _, s := range schemas {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Schema) int { return strings.Compare(a.Action, b.Action) })
	return all
}

// CheckSchema returns ErrSchema where an event holds an object, a member or a
// type that its action's schema doesn't know. Entries that are in a chain
// already are never judged by it: other versions know others.
func (e Event) CheckSchema() error {
	s, ok := schemas[e.Action]
	if !ok {
		return fmt.Errorf("%w: action %q", ErrSchema, e.Action)
	}
	if e.Object.Kind != "" && !slices.Contains(s.Objects, e.Object.Kind) {
		return fmt.Errorf("%w: %s with an object of kind %q", ErrSchema, e.Action, e.Object.Kind)
	}
	for _, part := range []struct {
		name    string
		has     Detail
		members []Member
	}{{"detail", e.Detail, s.Detail}, {"private", e.Private, s.Private}} {
		for name, v := range part.has {
			at := slices.IndexFunc(part.members, func(m Member) bool { return m.Name == name })
			if at < 0 {
				return fmt.Errorf("%w: %s with %s.%s", ErrSchema, e.Action, part.name, name)
			}
			if t := typeOf(v); t != part.members[at].Type && !(t == "empty" && strings.HasSuffix(part.members[at].Type, "s")) {
				return fmt.Errorf("%w: %s with %s.%s of type %s", ErrSchema, e.Action, part.name, name, t)
			}
		}
	}
	return nil
}

// typeOf names the type of a value that Canonical takes; "empty" is an array of
// nothing, which is of every array's type.
func typeOf(v any) string {
	switch v := v.(type) {
	case string, Hash:
		return TypeString
	case bool:
		return TypeBoolean
	case int, int32, int64, uint, uint32, uint64:
		return TypeInteger
	case map[string]any, map[string]string, map[string]int:
		return TypeObject
	case []string:
		return TypeStrings
	case []int, []int64, []uint32, []uint64:
		return TypeIntegers
	case []map[string]any:
		return TypeObjects
	case []any:
		if len(v) == 0 {
			return "empty"
		}
		first := typeOf(v[0])
		for _, one := range v {
			if typeOf(one) != first {
				return "array"
			}
		}
		return first + "s"
	}
	return fmt.Sprintf("%T", v)
}

// row is a line of the table: members are "name", a string, or "name:type".
type row struct{ action, objects, detail, private string }

var schemas = func() map[string]Schema {
	all := map[string]Schema{}
	for _, r := range rows {
		all[r.action] = Schema{r.action, strings.Fields(r.objects), membersOf(r.detail), membersOf(r.private)}
	}
	return all
}()

func membersOf(list string) (out []Member) {
	for _, f := range strings.Fields(list) {
		name, typ, ok := strings.Cut(f, ":")
		if !ok {
			typ = TypeString
		}
		out = append(out, Member{name, typ})
	}
	slices.SortFunc(out, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return out
}
