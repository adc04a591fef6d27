package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) settingsPages() []Sample {
	choices := []look.Choice{{Value: "", Label: s.say("Aucun, citations seulement", "None, quotations only")}, {Value: "mistral-small:24b", Label: "mistral-small:24b", Selected: true}}
	box := &page.Box{Version: "0.1.0", Tenant: "berthier", Address: "https://coffre.local", Documents: 53, Passages: 12_408, Indexed: 12_408, DataBytes: 412_000_000, FreeBytes: 184_000_000_000, Started: now.AddDate(0, 0, -6)}
	part := func(part string) page.Settings {
		return page.Settings{MinPassword: 12, Part: part, Frame: s.frame(look.Settings, "/settings")}
	}
	models := part(page.SettingsModels)
	models.Runtime = &page.Runtime{URL: "http://127.0.0.1:11434", Model: "mistral-small:24b", Models: choices, Status: page.RuntimeStatus{State: page.RuntimeOK, Version: "0.17.4", Models: 3, Elapsed: 4 * time.Millisecond}}
	models.Meaning = &page.Meaning{
		Choices:  []look.Choice{{Value: "builtin", Label: s.say("Modèle intégré (anglais)", "Built-in model (English)")}, {Value: "ollama:bge-m3", Label: "bge-m3", Selected: true}},
		Embedder: s.say("Modèle intégré (anglais)", "Built-in model (English)"), Next: "bge-m3", Languages: []string{"en"}, Done: 4_210, Total: 12_408,
	}
	none := []look.Choice{{Label: s.l.T("secret.key-none"), Selected: true}, {Value: "sec-a", Label: s.say("Passerelle IA", "AI gateway") + " (https://ia.berthier.lan:8000)"}}
	models.Runtime.Gateway.Secrets, models.Meaning.At.Secrets = none, none
	models.Rerank = &page.Rerank{Secrets: none}
	kinds := []look.Choice{{Value: "auto", Label: s.say("Reconnaître seul", "Recognize it")}, {Value: "openai", Label: s.say("Compatible OpenAI", "OpenAI compatible"), Selected: true}}
	gateway := models
	gateway.Runtime = &page.Runtime{
		URL: "http://ia.berthier.lan:8000/v1", Model: "mistral-small:24b", Models: choices,
		Gateway: page.Gateway{Kinds: kinds, Secrets: none, Gone: true, Context: "16384", Exposure: page.Exposure{Host: "ia.berthier.lan:8000", Clear: true, Key: true}},
		Status:  page.RuntimeStatus{State: page.RuntimeOK, Models: 2, Elapsed: 12 * time.Millisecond, Tried: "mistral-small:24b", Context: 16384},
	}
	gateway.Meaning = &page.Meaning{
		Choices: models.Meaning.Choices, Embedder: "bge-m3", Done: 12_400, Total: 12_408, Stalled: true, Why: &look.Fault{Code: "runtime-key"},
		At: page.EmbedAt{URL: "https://tei.berthier.lan", Secrets: none, Exposure: page.Exposure{Host: "tei.berthier.lan"}, Fault: &look.Fault{Code: "runtime-certificate"}},
	}
	gateway.Rerank = &page.Rerank{Model: "bge-reranker-v2-m3", URL: "https://tei.berthier.lan", Secrets: none, Exposure: page.Exposure{Host: "tei.berthier.lan"}}
	down := models
	down.Meaning = &page.Meaning{Choices: models.Meaning.Choices, Embedder: "bge-m3", Done: 12_400, Total: 12_408, Failed: 3, Stalled: true}
	down.Runtime = &page.Runtime{URL: "http://10.0.0.9:1", Models: choices[:1], Status: page.RuntimeStatus{State: page.RuntimeFault, Fault: &look.Fault{Code: "runtime-unreachable", Params: map[string]string{"url": "http://10.0.0.9:1"}}}}
	down.Faults = look.Faults{"llm.url": {Code: "invalid-setting", Params: map[string]string{"field": "llm.url"}}}
	record, machine := part(page.SettingsRecord), part(page.SettingsBox)
	record.Archive = &page.Archive{Dir: "/mnt/worm/coffre", Typed: "/mnt/worm/coffre", May: true, Checkpoint: 1290, Segment: 1201, Waiting: 2, At: now, Two: page.Two{Held: true}}
	record.Keys, machine.Box = &page.ChainKeys{First: sampleKey, Checkpoint: s.checkpoint()}, box
	machine.Master = &page.Master{Holder: "passphrase", Recipient: "age1sample", Holders: []string{"file", "passphrase", "keyring"}, Wants: true, MinPassphrase: 12}
	locked := machine
	locked.Master = &page.Master{Holder: "passphrase", Wants: true, Fault: &look.Fault{Code: "master-locked"}}
	return []Sample{
		{"settings", page.SettingsPage(part(page.SettingsOwn))},
		{"settings-models", page.SettingsPage(models)},
		{"settings-gateway", page.SettingsPage(gateway)},
		{"settings-record", page.SettingsPage(record)},
		{"settings-box", page.SettingsPage(machine)},
		{"settings-locked", page.SettingsPage(locked)},
		{"settings-down", page.SettingsPage(down)},
		{"settings-member", page.SettingsPage(page.Settings{MinPassword: 12, Frame: s.member(look.Settings, "/settings")})},
		{"runtime-ok", page.RuntimeResult(s.l, models.Runtime.Status)},
		{"runtime-gateway", page.RuntimeResult(s.l, gateway.Runtime.Status)},
		{"rerank-ok", page.RerankResult(s.l, page.RerankTrial{Model: "bge-reranker-v2-m3", Right: true, Took: 40 * time.Millisecond})},
		{"rerank-wrong", page.RerankResult(s.l, page.RerankTrial{Model: "mistral-small", Took: 40 * time.Millisecond})},
		{"rerank-slow", page.RerankResult(s.l, page.RerankTrial{Model: "bge-reranker-v2-m3", Right: true, Slow: true, Took: 900 * time.Millisecond})},
		{"rerank-none", page.RerankResult(s.l, page.RerankTrial{})},
		{"rerank-bad", page.RerankResult(s.l, page.RerankTrial{Model: "m", Fault: &look.Fault{Code: "model-no-rerank"}})},
		{"runtime-none", page.RuntimeResult(s.l, page.RuntimeStatus{State: page.RuntimeNone})},
	}
}
