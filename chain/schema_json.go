package chain

import "encoding/json"

// EntrySchema returns the JSON Schema (draft 2020-12) of a payload, and under
// $defs that of each action's private part. It knows every member of the closed
// list and requires none of an action's, so that entries of earlier versions of
// this list validate too.
func EntrySchema() ([]byte, error) {
	type object = map[string]any
	text := object{"type": "string", "minLength": 1}
	party := func(kind object) object {
		return object{"type": "object", "properties": object{"kind": kind, "id": text}, "required": []string{"kind", "id"}, "additionalProperties": false}
	}
	var actions []string
	var cases []any
	private := object{}
	for _, s := range Schemas() {
		actions = append(actions, s.Action)
		holds := object{"detail": membersSchema(s.Detail)}
		if len(s.Objects) > 0 {
			holds["object"] = party(object{"enum": s.Objects})
		} else {
			holds["object"] = false
		}
		cases = append(cases, object{
			"if":   object{"properties": object{"action": object{"const": s.Action}}},
			"then": object{"properties": holds},
		})
		if len(s.Private) > 0 {
			private[s.Action] = membersSchema(s.Private)
		}
	}
	hex := func(pattern string) object { return object{"type": "string", "pattern": pattern} }
	return json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "An entry of the audit chain, version 1",
		"type":    "object",
		"properties": object{
			"v": object{"const": 1}, "seq": object{"type": "integer", "minimum": 1},
			"time": hex(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`), "skew_ms": object{"type": "integer"},
			"nonce": hex(`^[0-9a-f]{32}$`), "sealed": hex(`^[0-9a-f]{64}$`),
			"actor":   party(object{"enum": []string{"user", "api_key", "system", "connector", "cli"}}),
			"object":  party(text),
			"action":  object{"enum": actions},
			"outcome": object{"enum": []string{OK, Denied, Failed}},
			"session": text, "request": text, "detail": object{"type": "object"},
		},
		"required":             []string{"v", "seq", "time", "nonce", "actor", "action", "outcome"},
		"additionalProperties": false,
		"allOf":                cases,
		"$defs":                object{"private": private},
	}, "", "  ")
}

func membersSchema(members []Member) map[string]any {
	props := map[string]any{}
	for _, m := range members {
		switch m.Type {
		case TypeStrings:
			props[m.Name] = map[string]any{"type": "array", "items": map[string]any{"type": TypeString}}
		case TypeIntegers:
			props[m.Name] = map[string]any{"type": "array", "items": map[string]any{"type": TypeInteger}}
		case TypeObjects:
			props[m.Name] = map[string]any{"type": "array", "items": map[string]any{"type": TypeObject}}
		default:
			props[m.Name] = map[string]any{"type": m.Type}
		}
	}
	return map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}
