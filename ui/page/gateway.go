package page

import "coffre/ui/look"

// Gateway is how the model runtime is spoken to: what an administrator sets
// beside its address where it is no Ollama on this machine.
type Gateway struct {
	Kinds    []look.Choice // of the setting llm.kind
	CAFile   string
	Secrets  []look.Choice // of the vault, the first is none
	Gone     bool          // a file is named as key, which is read no more
	Context  string        // tokens, empty for what the server says
	Exposure Exposure
}

// EmbedAt is where the model of meaning answers, if not at the runtime's address.
type EmbedAt struct {
	URL      string
	Secrets  []look.Choice // as Gateway has them
	Gone     bool
	Exposure Exposure
	Fault    *look.Fault // why its models can't be listed
}

// Exposure is what goes over a network: Host is empty for this machine.
type Exposure struct {
	Host  string
	Clear bool // without encryption
	Key   bool // and a key goes along
}

// open tells whether the part that few need is shown unfolded.
func (g Gateway) open(f look.Faults) bool {
	kind := ""
	for _, c := range g.Kinds {
		if c.Selected {
			kind = c.Value
		}
	}
	return kind != "auto" && kind != "" || chosen(g.Secrets) || g.Gone || g.CAFile+g.Context != "" || f["llm.key_secret"].Code+f["llm.ca_file"].Code+f["llm.num_ctx"].Code != ""
}

func (e EmbedAt) open(f look.Faults) bool {
	return e.URL != "" || e.Gone || chosen(e.Secrets) || f["embed.url"].Code+f["embed.key_secret"].Code != ""
}
