package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sort"
)

//go:embed catalogue/*.json
var files embed.FS

// catalogue holds the parsed messages by language and key.
var catalogue = mustLoad(files)

// Keys lists every key of the catalogue, sorted.
func Keys() []string {
	keys := make([]string, 0, len(catalogue[English]))
	for key := range catalogue[English] {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// mustLoad panics on a bad catalogue: it is compiled in, so only a build that
// skipped its tests can have one.
func mustLoad(from fs.FS) map[Lang]map[string]message {
	loaded, err := load(from)
	if err != nil {
		panic(err)
	}
	return loaded
}

// load reads every file and refuses a key that stands in two of them or lacks
// a language.
func load(from fs.FS) (map[Lang]map[string]message, error) {
	all := map[Lang]map[string]message{French: {}, English: {}}
	names, err := fs.Glob(from, "catalogue/*.json")
	if err != nil {
		return nil, fmt.Errorf("list catalogue: %w", err)
	}
	for _, name := range names {
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		var entries map[string]map[Lang]string
		if err := json.Unmarshal(raw, &entries); err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", name, err)
		}
		for key, sentences := range entries {
			if err := add(all, key, sentences); err != nil {
				return nil, fmt.Errorf("read catalogue %s: %w", name, err)
			}
		}
	}
	return all, nil
}

func add(all map[Lang]map[string]message, key string, sentences map[Lang]string) error {
	for _, l := range Langs {
		sentence, ok := sentences[l]
		if !ok || sentence == "" {
			return fmt.Errorf("key %s: no sentence in %s", key, l)
		}
		if _, twice := all[l][key]; twice {
			return fmt.Errorf("key %s stands in two files", key)
		}
		m, err := parseMessage(l.space(sentence))
		if err != nil {
			return fmt.Errorf("key %s: %w", key, err)
		}
		all[l][key] = m
	}
	return nil
}
