package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// wireModels is GET /v1/models. Beside the id, servers tell what window a model has under names of their own: vLLM
// max_model_len, LM Studio loaded_context_length, some gateways context_length or context_window. llama.cpp's
// meta.n_ctx_train is what the model was trained for, not what the server was started with, and isn't read.
type wireModels struct {
	Data []struct {
		ID       string     `json:"id"`
		Owner    string     `json:"owned_by"`
		Created  int64      `json:"created"`
		Longest  tokenCount `json:"max_model_len"`
		Context  tokenCount `json:"context_length"`
		Window   tokenCount `json:"context_window"`
		Loaded   tokenCount `json:"loaded_context_length"`
		MaxInput tokenCount `json:"max_input_tokens"`
	} `json:"data"`
	HasMore bool   `json:"has_more"`
	LastID  string `json:"last_id"`
}

// tokenCount is a count of tokens that may be missing, null, or of another type: then it is 0.
type tokenCount int

func (n *tokenCount) UnmarshalJSON(text []byte) error {
	var f float64
	if json.Unmarshal(text, &f) == nil && f >= 1 && f < 1e9 {
		*n = tokenCount(f)
	}
	return nil
}

// Limits of a list of models.
const (
	mostList  = 4 << 20 // bytes of a page
	mostPages = 20
)

// Models lists what the server says it has, which models embed and which write it doesn't say. A server without
// a list (TEI has none) has an empty one.
func (r *OpenAI) Models(ctx context.Context) ([]Model, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Call, ErrTimeout)
	defer cancel()
	list, err := r.list(ctx)
	if errors.Is(err, errNoRoute) {
		return r.alone(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	return list, nil
}

func (r *OpenAI) list(ctx context.Context) ([]Model, error) {
	out := []Model{}
	after := ""
	for range mostPages {
		at := r.base + "/models"
		if after != "" {
			at += "?after=" + url.QueryEscape(after)
		}
		var page wireModels
		if err := r.decode(ctx, at, nil, &page, mostList); err != nil {
			return nil, err
		}
		for _, m := range page.Data {
			if m.ID == "" || slices.ContainsFunc(out, func(o Model) bool { return o.Name == m.ID }) {
				continue
			}
			size := cmp.Or(m.Longest, m.Loaded, m.Context, m.Window, m.MaxInput)
			one := Model{Name: m.ID, Family: clip(m.Owner, 64), Context: int(size)}
			if m.Created > 0 {
				one.Modified = time.Unix(m.Created, 0)
			}
			out = append(out, one)
		}
		if !page.HasMore || page.LastID == "" || page.LastID == after {
			break
		}
		after = page.LastID
	}
	return out, nil
}

// alone is the list of a server without one: TEI serves one model and says which. Any other web server is told apart
// by trying to embed.
func (r *OpenAI) alone(ctx context.Context) ([]Model, error) {
	if d := r.describe(ctx, ""); d.name != "" {
		return []Model{{Name: d.name, Context: d.context}}, nil
	} else if d.speaks {
		return nil, nil
	}
	_, err := r.embedOnce(ctx, "any", []string{"a"})
	if err == nil || errors.Is(err, ErrModelMissing) || errors.Is(err, ErrRuntime) || errors.Is(err, ErrKey) || errors.Is(err, ErrBusy) {
		return nil, nil
	}
	return nil, fmt.Errorf("list models: %w", ErrNotAPI)
}

// Find returns the model of that name. One that isn't in the list is there all the same if the list is empty or
// holds a pattern, as LiteLLM's may ("openai/*").
func (r *OpenAI) Find(ctx context.Context, name string) (Model, error) {
	list, err := r.Models(ctx)
	if err != nil {
		return Model{}, err
	}
	m := Model{Name: name}
	i := slices.IndexFunc(list, func(m Model) bool { return m.Name == name || m.Name == name+":latest" })
	open := len(list) == 0 || slices.ContainsFunc(list, func(m Model) bool { return strings.Contains(m.Name, "*") })
	switch {
	case i >= 0:
		m = list[i]
	case !open:
		return m, fmt.Errorf("find model: %w", ErrModelMissing)
	}
	if m.Context == 0 {
		m.Context = r.describe(ctx, name).context
	}
	return m, nil
}

// Version is what the server tells of itself, mostly nothing.
func (r *OpenAI) Version(ctx context.Context) (string, error) { return "", nil }

// described is what a server tells about itself outside of OpenAI's API.
type described struct {
	at      time.Time
	context int    // tokens, 0 where it doesn't say
	name    string // of the one model that it has, where it says so
	speaks  bool
}

// describedFor is how long a description holds: llama.cpp and LM Studio load other models while they run.
const describedFor = time.Minute

// describe asks at the addresses where servers tell their context: llama.cpp /props, TGI and TEI /info, LM Studio
// /api/v0/models, LiteLLM /model/info.
func (r *OpenAI) describe(ctx context.Context, model string) described {
	r.mu.Lock()
	d, ok := r.described[model]
	r.mu.Unlock()
	if ok && time.Since(d.at) < describedFor {
		return d
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Call, ErrTimeout)
	defer cancel()
	d = described{at: time.Now()}
	for _, ask := range []func(context.Context, string) described{r.props, r.info, r.studio, r.lite} {
		found := ask(ctx, model)
		d.context, d.name, d.speaks = found.context, found.name, d.speaks || found.speaks
		if d.context > 0 {
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.described) > 1000 {
		clear(r.described)
	}
	if ctx.Err() == nil {
		r.described[model] = d
	}
	return d
}

// props is llama.cpp's: the window of one slot, as the server was started.
func (r *OpenAI) props(ctx context.Context, _ string) described {
	var out struct {
		Default struct {
			Context tokenCount `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	err := r.decode(ctx, r.root+"/props", nil, &out, mostList)
	return described{context: int(out.Default.Context), speaks: err == nil && out.Default.Context > 0}
}

// info is TGI's, with prompt and answer together, and TEI's.
func (r *OpenAI) info(ctx context.Context, _ string) described {
	var out struct {
		Model string     `json:"model_id"`
		Total tokenCount `json:"max_total_tokens"`
		Input tokenCount `json:"max_input_length"`
	}
	err := r.decode(ctx, r.root+"/info", nil, &out, mostList)
	return described{context: int(cmp.Or(out.Total, out.Input)), name: clip(out.Model, 200), speaks: err == nil && out.Model != ""}
}

// studio is LM Studio's own list: what a loaded model was given.
func (r *OpenAI) studio(ctx context.Context, model string) described {
	var out wireModels
	if r.decode(ctx, r.root+"/api/v0/models", nil, &out, mostList) != nil {
		return described{}
	}
	for _, m := range out.Data {
		if m.ID == model {
			return described{context: int(m.Loaded), speaks: true}
		}
	}
	return described{speaks: len(out.Data) > 0}
}

// lite is LiteLLM's: what its configuration says of the model behind a name.
func (r *OpenAI) lite(ctx context.Context, model string) described {
	var out struct {
		Data []struct {
			Name string `json:"model_name"`
			Info struct {
				Input  tokenCount `json:"max_input_tokens"`
				Tokens tokenCount `json:"max_tokens"`
			} `json:"model_info"`
		} `json:"data"`
	}
	if r.decode(ctx, r.root+"/model/info", nil, &out, mostList) != nil {
		return described{}
	}
	for _, m := range out.Data {
		if m.Name == model {
			return described{context: int(m.Info.Input), speaks: true}
		}
	}
	return described{speaks: len(out.Data) > 0}
}
