package chain

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func goodPayload() Payload {
	return Payload{
		Seq: 7, Time: time.Date(2026, 2, 28, 23, 59, 59, 999_000_000, time.UTC), SkewMS: 1200,
		Nonce: strings.Repeat("0f", 16), Actor: Actor{"cli", "u-1"}, Action: DocumentRead, Outcome: Denied,
		Object: Object{"document", "d-\"1\""}, Session: "s-1", Request: "r-1",
		Detail: Detail{"n": int64(3), "ok": true, "list": []any{"a"}},
		Sealed: strings.Repeat("ab", 32),
	}
}

func TestPayloadRoundTrip(t *testing.T) {
	full := goodPayload()
	bare := Payload{
		Seq: 1, Time: full.Time, Nonce: full.Nonce, Actor: full.Actor, Action: BoxStart, Outcome: OK,
	}
	for name, p := range map[string]Payload{"full": full, "bare": bare} {
		b, err := p.Canonical()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := ParsePayload(b)
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%s: %s comes back as %+v, %v", name, b, back, err)
		}
		if checkCanonical(b) != nil {
			t.Errorf("%s: not canonical: %s", name, b)
		}
	}
	local := full
	local.Time = full.Time.Add(300 * time.Microsecond).In(time.FixedZone("", 7200))
	b, err := local.Canonical()
	if err != nil || !bytes.Contains(b, []byte(`"2026-02-28T23:59:59.999Z"`)) {
		t.Errorf("time of another zone: %s, %v", b, err)
	}
}

func TestPayloadRefusesToWrite(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Payload)
		want   error
	}{
		"unknown action":  {func(p *Payload) { p.Action = "document.burn" }, ErrAction},
		"no action":       {func(p *Payload) { p.Action = "" }, ErrAction},
		"no seq":          {func(p *Payload) { p.Seq = 0 }, ErrPayload},
		"seq of 2^53":     {func(p *Payload) { p.Seq = 1 << 53 }, ErrNotCanonical},
		"no nonce":        {func(p *Payload) { p.Nonce = "" }, ErrPayload},
		"short nonce":     {func(p *Payload) { p.Nonce = "0f" }, ErrPayload},
		"upper nonce":     {func(p *Payload) { p.Nonce = strings.Repeat("0F", 16) }, ErrPayload},
		"no actor":        {func(p *Payload) { p.Actor = Actor{} }, ErrPayload},
		"actor kind":      {func(p *Payload) { p.Actor.Kind = "robot" }, ErrPayload},
		"no actor id":     {func(p *Payload) { p.Actor.ID = "" }, ErrPayload},
		"no outcome":      {func(p *Payload) { p.Outcome = "" }, ErrPayload},
		"outcome":         {func(p *Payload) { p.Outcome = "fine" }, ErrPayload},
		"half an object":  {func(p *Payload) { p.Object.ID = "" }, ErrPayload},
		"sealed":          {func(p *Payload) { p.Sealed = "ab" }, ErrPayload},
		"float in detail": {func(p *Payload) { p.Detail = Detail{"x": 1.5} }, ErrNotCanonical},
		"null in detail":  {func(p *Payload) { p.Detail = Detail{"x": nil} }, ErrNotCanonical},
		"bad UTF-8":       {func(p *Payload) { p.Request = "\xff" }, ErrNotCanonical},
		"year 10000":      {func(p *Payload) { p.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, ErrPayload},
	} {
		p := goodPayload()
		c.change(&p)
		if b, err := p.Canonical(); !errors.Is(err, c.want) {
			t.Errorf("%s: %s, %v, want %v", name, b, err, c.want)
		}
	}
}

func TestParsePayloadRefuses(t *testing.T) {
	b, err := goodPayload().Canonical()
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"unknown member":   {`,"v":1}`, `,"v":1,"x":2}`, ErrPayload},
		"version":          {`"v":1`, `"v":2`, ErrPayload},
		"no version":       {`,"v":1`, ``, ErrPayload},
		"empty detail":     {`"detail":{"list":["a"],"n":3,"ok":true}`, `"detail":{}`, ErrPayload},
		"detail of a list": {`"detail":{"list":["a"],"n":3,"ok":true}`, `"detail":[1]`, ErrPayload},
		"empty session":    {`"session":"s-1"`, `"session":""`, ErrPayload},
		"empty request":    {`"request":"r-1"`, `"request":""`, ErrPayload},
		"no skew":          {`"skew_ms":1200`, `"skew_ms":0`, ErrPayload},
		"seq as text":      {`"seq":7`, `"seq":"7"`, ErrPayload},
		"negative seq":     {`"seq":7`, `"seq":-7`, ErrPayload},
		"no milliseconds":  {`59.999Z`, `59Z`, ErrPayload},
		"leap second":      {`:59.999Z`, `:60.999Z`, ErrPayload},
		"29 February":      {`-28T`, `-29T`, ErrPayload},
		"month 13":         {`2026-02`, `2026-13`, ErrPayload},
		"not a digit":      {`2026-02`, `20:6-02`, ErrPayload},
		"zone":             {`.999Z`, `.999+`, ErrPayload},
		"undotted action":  {`document.read`, `documentread`, ErrPayload},
		"trailing dot":     {`document.read`, `document.`, ErrPayload},
		"escaped action":   {`document.read`, `document.\"`, ErrPayload},
		"actor with more":  {`"kind":"cli"}`, `"kind":"cli","x":1}`, ErrPayload},
		"space":            {`{"action"`, `{ "action"`, ErrNotCanonical},
		"order":            {`"id":"u-1","kind":"cli"`, `"kind":"cli","id":"u-1"`, ErrNotCanonical},
		"float":            {`"n":3`, `"n":3.0`, ErrNotCanonical},
		"null":             {`"n":3`, `"n":null`, ErrNotCanonical},
		"more after it":    {`"v":1}`, `"v":1}{}`, ErrNotCanonical},
		"a list":           {good, `[]`, ErrNotCanonical},
		"nothing":          {good, ``, ErrNotCanonical},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("%s: %q is not in %s", name, c.old, good)
		}
		if p, err := ParsePayload([]byte(strings.Replace(good, c.old, c.new, 1))); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, p, err, c.want)
		}
	}
	foreign := strings.Replace(good, "document.read", "x-ray.take_2", 1)
	if _, err := ParsePayload([]byte(foreign)); err != nil {
		t.Errorf("an action of another version: %v", err)
	}
}

func TestActions(t *testing.T) {
	for a := range knownActions {
		if !isActionName([]byte(a)) {
			t.Errorf("%s has no class", a)
		}
	}
	for _, a := range []string{"", ".", "a", "a.", ".b", "a..b", "A.b", "a.b ", "a.1", "a b.c"} {
		if isActionName([]byte(a)) {
			t.Errorf("%q passes", a)
		}
	}
}

// FuzzParsePayload: what is accepted is canonical and is written as it was read.
func FuzzParsePayload(f *testing.F) {
	b, err := goodPayload().Canonical()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(vectorPayload1))
	f.Add([]byte(vectorPayload2))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePayload(b)
		if err != nil {
			if !errors.Is(err, ErrPayload) && !errors.Is(err, ErrNotCanonical) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		if checkCanonical(b) != nil {
			t.Fatalf("accepted %q, which is not canonical", b)
		}
		if again, err := p.encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q is written %q, %v", b, again, err)
		}
	})
}

func TestDraftAtItsPlace(t *testing.T) {
	full := goodPayload()
	bare := Payload{Nonce: full.Nonce, Actor: full.Actor, Action: BoxStart, Outcome: OK}
	for _, p := range []Payload{full, bare} {
		d, err := p.Draft()
		if err != nil {
			t.Fatal(err)
		}
		for _, place := range []Payload{
			{Seq: 1, Time: full.Time}, {Seq: MaxInteger, Time: full.Time.Add(999 * time.Microsecond), SkewMS: -MaxInteger},
			{Seq: 10, Time: full.Time.In(time.FixedZone("", -3600)), SkewMS: MaxInteger},
		} {
			p.Seq, p.Time, p.SkewMS = place.Seq, place.Time, place.SkewMS
			want, err := p.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			prev := numbered(place.Seq % 97)
			h, record, err := d.Place(prev, place.Seq, place.Time, place.SkewMS)
			if err != nil || h != Link(prev, want) || string(record) != string(h[:])+string(want) {
				t.Errorf("a draft at its place is %s, %v; the payload %s", record, err, want)
			}
			if &record[0] != &d.record[0] {
				t.Error("the draft has too little room for its place")
			}
		}
	}
	d, _ := bare.Draft()
	for _, place := range []Payload{
		{Seq: 0, Time: full.Time}, {Seq: 1 << 53, Time: full.Time}, {Seq: 1, Time: full.Time, SkewMS: 1 << 53},
		{Seq: 1, Time: full.Time, SkewMS: -1 << 53}, {Seq: 1, Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{Seq: 1, Time: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if _, b, err := d.Place(Hash{}, place.Seq, place.Time, place.SkewMS); !errors.Is(err, ErrPayload) {
			t.Errorf("a place that is none: %s, %v", b, err)
		}
	}
}

func TestDraftRefuses(t *testing.T) {
	for name, change := range map[string]func(*Payload){
		"action": func(p *Payload) { p.Action = "document.burn" }, "nonce": func(p *Payload) { p.Nonce = "" },
		"actor": func(p *Payload) { p.Actor.Kind = "robot" }, "outcome": func(p *Payload) { p.Outcome = "fine" },
		"object": func(p *Payload) { p.Object.ID = "" }, "sealed": func(p *Payload) { p.Sealed = "ab" },
		"float": func(p *Payload) { p.Detail = Detail{"x": 1.5} }, "session": func(p *Payload) { p.Session = "\xff" },
	} {
		p := goodPayload()
		change(&p)
		if _, err := p.Draft(); err == nil {
			t.Errorf("%s: a draft of what Canonical refuses", name)
		}
	}
}
