package ui

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/logs"
)

func (s *Server) restBoxRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/openapi.json", may: auth.ProfileOwn, do: (*request).openAPI},
		{method: "GET", path: "/api/v1/settings", may: auth.SettingsRead, do: (*request).restSettings},
		{method: "PATCH", path: "/api/v1/settings", may: auth.SettingsAdmin, do: (*request).restSettingsUpdate},
		{method: "GET", path: "/api/v1/models", may: auth.ModelsRead, do: (*request).restModels},
		{method: "GET", path: "/api/v1/jobs", may: auth.JobsAdmin, do: (*request).restJobs},
		{method: "GET", path: "/api/v1/index", may: auth.SettingsRead, do: (*request).restIndex},
	}
}

func (q *request) restSettings() error {
	var out map[string]string
	if err := q.view(func(v *store.View) error { out = settingValues(v); return nil }); err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"settings": out})
}

// putSettings writes what has changed, in order of name; the embedder last,
// since the way to a new address of the runtime must be open to ask for it. An
// address of the embedder's where it can't be had doesn't stay.
func (q *request) putSettings(in map[string]string) error {
	if err := checkSettings(in); err != nil {
		return err
	}
	if err := q.checkSecretSettings(in); err != nil {
		return err
	}
	if err := q.checkAlerts(in); err != nil {
		return err
	}
	if dir, ok := in[store.SettingWormDir]; ok {
		if err := q.checkWormDir(dir); err != nil {
			return err
		}
	}
	in = maps.Clone(in)
	for file, secret := range llm.KeyFiles {
		if in[secret] != "" {
			in[file] = "" // it has taken its place
		}
	}
	embedder, chosen := in[llm.SettingEmbedder]
	delete(in, llm.SettingEmbedder)
	if !chosen {
		embedder, chosen = q.embedderMoves(in)
	}
	former, err := q.embedderAt(in)
	if err != nil {
		return err
	}
	if err := q.writeSettings(in); err != nil || !chosen {
		return err
	}
	in, err = q.s.Runtime.EmbedderSettings(q.r.Context(), q.t, embedder)
	if err != nil {
		q.r = q.r.WithContext(context.WithoutCancel(q.r.Context()))
		err = errors.Join(err, q.writeSettings(former))
	}
	if code := llm.CodeOf(err); code != "" {
		_, model, _ := llm.EmbedName(embedder)
		return store.Fail(store.Invalid, code, "name", llm.SettingEmbedder, "model", model)
	}
	if err != nil {
		return err
	}
	return q.writeSettings(in)
}

// embedderAddress are the settings that say where the embedder is asked, and with
// which key.
var embedderAddress = []string{llm.SettingEmbedURL, llm.SettingEmbedKey, llm.SettingEmbedSecret}

// embedderAt reads what those of them hold that are about to be written.
func (q *request) embedderAt(in map[string]string) (map[string]string, error) {
	former := map[string]string{}
	err := q.view(func(v *store.View) error {
		for _, name := range embedderAddress {
			if _, given := in[name]; given {
				former[name] = v.Stored(name, "")
			}
		}
		return nil
	})
	return former, err
}

// embedderMoves tells whether settings give the embedder in use another address
// or key, so that it has to be chosen there again, and its value.
func (q *request) embedderMoves(in map[string]string) (value string, moves bool) {
	q.view(func(v *store.View) error {
		value = v.Setting(llm.SettingEmbedder, llm.EmbedBuiltin)
		_, _, named := llm.EmbedName(value)
		for _, name := range embedderAddress {
			to, given := in[name]
			moves = moves || named && given && to != v.Setting(name, "")
		}
		return nil
	})
	return value, moves
}

func (q *request) writeSettings(in map[string]string) error {
	var changed []string
	err := q.view(func(v *store.View) error {
		for name, value := range in {
			s, _ := findSetting(name)
			if v.Setting(name, s.def) != value {
				changed = append(changed, name)
			}
		}
		return nil
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	slices.Sort(changed)
	_, err = q.update(chain.SettingsUpdate, func(tx *store.Tx) error {
		for _, name := range changed {
			if err := tx.PutSetting(name, in[name]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if slices.Contains(changed, logs.SettingLevel) {
		q.s.FollowLog()
	}
	if q.s.Alerts != nil {
		q.s.Alerts.Again(q.t.ID)
	}
	return q.s.OpenWays()
}

func (q *request) restSettingsUpdate() error {
	var in map[string]string
	if err := q.decode(&in); err != nil {
		return err
	}
	s := said{reason: in["reason"], paper: strings.TrimSpace(in["paper_key"]), lost: in["paper_lost"] != ""}
	for _, name := range []string{"reason", "paper_key", "paper_lost"} {
		delete(in, name)
	}
	asked, err := q.changeSettings(in, s)
	if err != nil {
		return err
	}
	if asked != nil {
		return q.json(http.StatusAccepted, asked)
	}
	return q.restSettings()
}

type modelJSON struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

func (q *request) restModels() error {
	state, err := q.s.Runtime.Look(q.r.Context(), q.t)
	out := []modelJSON{}
	for _, m := range state.Models {
		out = append(out, modelJSON{m.Name, m.Digest, m.Size})
	}
	body := map[string]any{"models": out, "reachable": err == nil && state.Configured}
	if err != nil {
		body["code"] = asProblem(err).code
	}
	return q.json(http.StatusOK, body)
}

type jobJSON struct {
	Document string    `json:"document_id"`
	Version  string    `json:"version"`
	State    string    `json:"state"`
	Code     string    `json:"code,omitempty"`
	Since    time.Time `json:"since"`
}

// restJobs lists work that waits and work that failed, for the documents that
// the caller may read; of others only the number.
func (q *request) restJobs() error {
	out, hidden := []jobJSON{}, 0
	err := q.view(func(v *store.View) error {
		all, err := v.Jobs()
		for _, j := range all {
			if _, err := v.Document(q.p, j.Document); err != nil {
				hidden++
				continue
			}
			state := "queued"
			if j.Failed {
				state = "failed"
			}
			out = append(out, jobJSON{j.Document, j.Version, state, j.Code, j.Since})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"jobs": out, "others": hidden, "cursor": ""})
}

func (q *request) restIndex() error {
	s, err := q.t.IndexState()
	if err != nil {
		return err
	}
	out := indexJSON{
		Applied: s.Applied, Changed: s.Changed, Documents: s.Stats.Documents, Passages: s.Stats.Passages,
		Embedder: s.Stats.Embedder, NextEmbedder: s.Stats.Next, Languages: s.Stats.Languages,
		Embedded: s.Stats.Embedded, Pending: s.Stats.Pending, Failed: s.Stats.Failed, Stalled: s.Stats.Failure != nil,
	}
	if out.Languages == nil {
		out.Languages = []string{}
	}
	return q.json(http.StatusOK, out)
}

// indexJSON says how far the index follows, in words and in meaning.
type indexJSON struct {
	Applied      uint64   `json:"applied"`
	Changed      uint64   `json:"changed"`
	Documents    int      `json:"documents"`
	Passages     int      `json:"passages"`
	Embedder     string   `json:"embedder"`                // id, "" for words alone
	NextEmbedder string   `json:"next_embedder,omitempty"` // takes over when nothing is pending
	Languages    []string `json:"languages"`               // searched by meaning; empty with an embedder: all
	Embedded     int      `json:"embedded"`
	Pending      int      `json:"pending"`
	Failed       int      `json:"failed"`
	Stalled      bool     `json:"stalled"` // embedding fails at present and is tried again
}
