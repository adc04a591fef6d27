package bundle

import (
	"io/fs"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Build is what the program is made of.
type Build struct {
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Platform string            `json:"platform"`
	CPUs     int               `json:"cpus"`
	Settings map[string]string `json:"settings"`
	Modules  []string          `json:"modules"` // path and version
}

// ReadBuild reads it. Of the settings of the build only those are told that hold
// no path.
func ReadBuild(version string) Build {
	out := Build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Settings: map[string]string{}, Modules: []string{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	for _, s := range info.Settings {
		if slices.Contains([]string{"GOOS", "GOARCH", "GOAMD64", "GOARM64", "CGO_ENABLED", "vcs.revision", "vcs.time", "vcs.modified", "-trimpath"}, s.Key) {
			out.Settings[s.Key] = s.Value
		}
	}
	for _, m := range info.Deps {
		out.Modules = append(out.Modules, m.Path+" "+m.Version)
	}
	return out
}

// Place is a kind of file in the data directory.
type Place struct {
	Place string         `json:"place"`
	Files int            `json:"files"`
	Bytes int64          `json:"bytes"`
	Modes map[string]int `json:"modes"` // how many have which
}

// places are the names in a data directory that the program itself gives.
var places = []string{"box.db", "store.db", "scratch.db", "vectors.db", "keys", "logs", "files", "index", "cache", "coffre.sock", "exports", "updates"}

// ReadPlaces walks a data directory and tells of its files what they are by the
// names that the program gives; every other name is a star.
func ReadPlaces(dir string, firms Firms) []Place {
	all := map[string]*Place{}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, rerr := filepath.Rel(dir, path)
		if err != nil || rerr != nil || rel == "." {
			return nil
		}
		info, err := d.Info()
		name := placeOf(rel, firms)
		if err != nil || name == "" {
			return nil
		}
		if d.IsDir() {
			name += "/"
		}
		p := all[name]
		if p == nil {
			p = &Place{Place: name, Modes: map[string]int{}}
			all[name] = p
		}
		p.Files++
		if !d.IsDir() {
			p.Bytes += info.Size()
		}
		p.Modes[info.Mode().String()]++
		return nil
	})
	out := []Place{}
	for _, p := range all {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Place) int { return strings.Compare(a.Place, b.Place) })
	return out
}

// placeOf is a path with what isn't the program's own as a star; "" for another
// firm's.
func placeOf(rel string, firms Firms) string {
	parts := strings.Split(filepath.ToSlash(rel), "/")
	for i, p := range parts {
		switch {
		case i == 0 && p == "tenants":
		case i == 1 && parts[0] == "tenants":
			if parts[i] = firms(p); parts[i] == "" {
				return ""
			}
		case !slices.Contains(places, p):
			parts[i] = "*"
		}
	}
	return strings.Join(parts[:min(len(parts), 4)], "/")
}
