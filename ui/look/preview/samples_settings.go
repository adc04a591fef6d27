package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) settingsPages() []Sample {
	models := []look.Choice{{Value: "", Label: s.say("Aucun, citations seulement", "None, quotations only")}, {Value: "mistral-small:24b", Label: "mistral-small:24b", Selected: true}}
	box := &page.Box{Version: "0.1.0", Tenant: "berthier", Address: "https://coffre.local", Documents: 53, Passages: 12_408, Indexed: 12_408, DataBytes: 412_000_000, FreeBytes: 184_000_000_000, Started: now.AddDate(0, 0, -6)}
	fine := page.Settings{
		Frame: s.frame(look.Settings, "/settings"), Box: box,
		Runtime: &page.Runtime{URL: "http://127.0.0.1:11434", Model: "mistral-small:24b", Models: models, Status: page.RuntimeStatus{State: page.RuntimeOK, Version: "0.17.4", Models: 3, Elapsed: 4 * time.Millisecond}},
		Keys:    &page.ChainKeys{First: sampleKey, Checkpoint: s.checkpoint()},
	}
	fine.Meaning = &page.Meaning{
		Choices:  []look.Choice{{Value: "builtin", Label: s.say("Modèle intégré (anglais)", "Built-in model (English)")}, {Value: "ollama:bge-m3", Label: "bge-m3", Selected: true}},
		Embedder: s.say("Modèle intégré (anglais)", "Built-in model (English)"), Next: "bge-m3", Languages: []string{"en"}, Done: 4_210, Total: 12_408,
	}
	down := fine
	down.Meaning = &page.Meaning{Choices: fine.Meaning.Choices, Embedder: "bge-m3", Done: 12_400, Total: 12_408, Failed: 3, Stalled: true}
	down.Runtime = &page.Runtime{URL: "http://10.0.0.9:1", Models: models[:1], Status: page.RuntimeStatus{State: page.RuntimeFault, Fault: &look.Fault{Code: "runtime-unreachable", Params: map[string]string{"url": "http://10.0.0.9:1"}}}}
	down.Faults = look.Faults{"llm.url": {Code: "invalid-setting", Params: map[string]string{"field": "llm.url"}}}
	return []Sample{
		{"settings", page.SettingsPage(fine)},
		{"settings-down", page.SettingsPage(down)},
		{"settings-member", page.SettingsPage(page.Settings{MinPassword: 12, Frame: s.member(look.Settings, "/settings")})},
		{"runtime-ok", page.RuntimeResult(s.l, fine.Runtime.Status)},
		{"runtime-none", page.RuntimeResult(s.l, page.RuntimeStatus{State: page.RuntimeNone})},
	}
}
