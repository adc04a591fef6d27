package connectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"coffre/chain"
	"coffre/connectors/syslog"
	"coffre/store"
)

// Enterprise is the private enterprise number that RFC 5612 reserves for
// documentation: a firm that has one of its own sets that.
const Enterprise = 32473

// MSGIDs of what is no entry.
const (
	msgCheckpoint = "audit.checkpoint"
	msgTest       = "forward.test"
)

const forwardApp = "coffre"

func (f *Forwarder) message(to store.ForwardTarget, params ...syslog.Param) syslog.Message {
	m := syslog.Message{Facility: to.Facility, Severity: syslog.Info, Host: f.host, App: forwardApp}
	if m.Facility == 0 {
		m.Facility = syslog.LogAudit
	}
	id := to.Enterprise
	if id == 0 {
		id = Enterprise
	}
	m.Data = []syslog.Element{{ID: "coffre@" + strconv.Itoa(id), Params: params}}
	return m
}

// entryMessage is an entry as a message: its text is the canonical payload, the
// very bytes that are hashed; the private part never leaves. seq and chain_hash
// stand in the structured data, before the text, for receivers that cut long
// messages.
func (f *Forwarder) entryMessage(to store.ForwardTarget, tenant string, e store.JournalEntry) syslog.Message {
	m := f.message(to,
		syslog.Param{Name: "tenant", Value: tenant},
		syslog.Param{Name: "seq", Value: strconv.FormatUint(e.Seq, 10)},
		syslog.Param{Name: "chain_hash", Value: e.Hash.String()},
		syslog.Param{Name: "outcome", Value: e.Outcome},
	)
	switch e.Outcome {
	case chain.Denied:
		m.Severity = syslog.Warning
	case chain.Failed:
		m.Severity = syslog.Error
	}
	if e.Action == chain.ElevationBreak {
		m.Severity = syslog.Alert
	}
	if m.Time, m.MsgID, m.Text = e.Time, e.Action, string(e.Raw); len(m.MsgID) > 32 {
		m.MsgID = m.MsgID[:32]
	}
	return m
}

// noteMessage is a checkpoint as a message; the member checkpoint of its text is
// the signed note, byte for byte.
func (f *Forwarder) noteMessage(to store.ForwardTarget, tenant string, c store.SignedCheckpoint) (syslog.Message, error) {
	cp, _, err := chain.OpenCheckpoint(c.Note)
	if err != nil {
		return syslog.Message{}, fmt.Errorf("read checkpoint: %w", err)
	}
	m := f.message(to,
		syslog.Param{Name: "tenant", Value: tenant},
		syslog.Param{Name: "size", Value: strconv.FormatUint(c.Size, 10)},
		syslog.Param{Name: "root", Value: cp.Root.Base64()},
	)
	m.Time, m.MsgID, m.Severity = c.Time, msgCheckpoint, syslog.Notice
	m.Text, err = compactJSON(map[string]string{"checkpoint": c.Note})
	return m, err
}

func (f *Forwarder) testMessage(to store.ForwardTarget, tenant string) syslog.Message {
	m := f.message(to, syslog.Param{Name: "tenant", Value: tenant})
	m.Time, m.MsgID = time.Now(), msgTest
	m.Text = `{"test":true}`
	return m
}

func compactJSON(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("encode message: %w", err)
	}
	return string(bytes.TrimSpace(b.Bytes())), nil
}
