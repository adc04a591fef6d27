package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"coffre/store"
)

var backupCommands = []Command{
	{
		Name: "backup create", Does: "cli.does.backup-create", More: "cli.more.backup-create",
		Flags: []Flag{
			{Name: "out", Value: "FILE", Does: "cli.flag.backup-out"},
			{Name: "recipient", Value: "R", Does: "cli.flag.backup-recipient", Many: true},
			exportReasonFlag,
		},
		Run: runBackupCreate,
	},
	{Name: "backup list", Does: "cli.does.backup-list", Run: runBackupList},
	{
		Name: "backup verify", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.backup-verify", More: "cli.more.backup-verify",
		Flags: []Flag{identityFlag, {Name: "key", Value: "FIRST-KEY-OR-FILE", Does: "cli.flag.key"}}, Run: runBackupVerify,
	},
	{
		Name: "backup restore", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.backup-restore", More: "cli.more.backup-restore",
		Flags: []Flag{
			identityFlag, recoveryFlag,
			{Name: "key", Value: "FIRST-KEY-OR-FILE", Does: "cli.flag.key"},
			{Name: "checkpoint", Value: "NOTE-FILE", Does: "cli.flag.backup-known", Many: true},
			{Name: "ledger", Value: "FILE", Does: "cli.flag.backup-ledger", Many: true},
			{Name: "destroyed", Value: "FILE", Does: "cli.flag.backup-destroyed", Many: true},
			{Name: "new-authority", Does: "cli.flag.backup-new-authority"},
			{Name: "replace", Does: "cli.flag.backup-replace"},
		},
		Run: runBackupRestore,
	},
	{Name: "backup drill", Does: "cli.does.backup-drill", Run: runBackupDrill},
	{
		Name: "backup recover", Does: "cli.does.backup-recover", More: "cli.more.backup-recover",
		Flags: []Flag{recoveryFlag, {Name: "checkpoint", Value: "NOTE-FILE", Does: "cli.flag.backup-known", Many: true}},
		Run:   runBackupRecover,
	},
}

var (
	identityFlag = Flag{Name: "identity", Value: "FILE", Does: "cli.flag.backup-identity", Many: true}
	recoveryFlag = Flag{Name: "recovery-key", Value: "FILE", Does: "cli.flag.backup-recovery", Many: true}
)

// backupMade is what `backup create --json` prints.
type backupMade struct {
	File         string `json:"file"`
	Bytes        int64  `json:"bytes"`
	SHA256       string `json:"sha256"`
	Size         uint64 `json:"checkpoint_size"`
	IdentityFile string `json:"identity_file,omitempty"`
	// Damaged are firms that the file has as files alone, since they don't open.
	Damaged []damagedFirm `json:"damaged,omitempty"`
}

type damagedFirm struct {
	Tenant string `json:"tenant"`
	Code   string `json:"code"`
}

func damagedFirms(header string) (out []damagedFirm) {
	for one := range strings.SplitSeq(header, ",") {
		if id, code, ok := strings.Cut(one, "="); ok {
			out = append(out, damagedFirm{id, code})
		}
	}
	return out
}

// partial ends a command whose backup is written, but has firms as files alone: who
// runs it every night must hear of that.
func partial(all []damagedFirm) error {
	if len(all) == 0 {
		return nil
	}
	var ids []string
	for _, d := range all {
		ids = append(ids, d.Tenant)
	}
	return store.Fail(store.Corrupt, "backup-partial", "names", strings.Join(ids, ", "))
}

func runBackupCreate(ctx context.Context, c *Call) error {
	out := c.Flag("out")
	if out == "" {
		return usage("cli.usage.needs", "flag", "--out", "command", "backup create")
	}
	var to []string
	for _, value := range c.FlagAll("recipient") {
		one, err := recipientsOf(value)
		if err != nil {
			return err
		}
		to = append(to, one...)
	}
	return c.with(ctx, func(b *box) error {
		in, err := json.Marshal(map[string]any{"recipients": to, "way": store.WayFile})
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/backups", bytes.NewReader(in))
		if err != nil {
			return fmt.Errorf("make request: %w", err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := b.send(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return c.keepBackup(ctx, resp, out)
	})
}

// recipientsOf is a recipient as it was typed, or those in a file, a line each.
func recipientsOf(value string) ([]string, error) {
	if strings.HasPrefix(value, "age1") {
		return []string{value}, nil
	}
	raw, err := os.ReadFile(value)
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out, nil
}

// keepBackup writes what the box sends to out. A file that is not as long as was
// said does not get its name.
func (c *Call) keepBackup(ctx context.Context, resp *http.Response, out string) error {
	want, err := strconv.ParseInt(resp.Header.Get("Coffre-Length"), 10, 64)
	if err != nil {
		return lost(errors.New("the box does not say how long its backup is"))
	}
	body := &announced{resp: resp, want: want, tell: c.teller("cli.backup.sent")}
	m := backupMade{File: out, IdentityFile: resp.Header.Get("Coffre-Identity-File")}
	m.Size, _ = strconv.ParseUint(resp.Header.Get("Coffre-Checkpoint-Size"), 10, 64)
	m.Damaged = damagedFirms(resp.Header.Get("Coffre-Damaged"))
	if out == "-" {
		if _, err := io.Copy(c.Stdout, body); err != nil {
			return interrupted(ctx, err)
		}
		return partial(m.Damaged)
	}
	if m.Bytes, err = save(out, body); err != nil {
		return interrupted(ctx, err)
	}
	m.SHA256 = resp.Trailer.Get(sumTrailer)
	if !c.JSON {
		c.say("cli.backup.made", "path", out, "size", c.Lang.Size(m.Bytes), "n", m.Size, "sum", m.SHA256)
	} else if err := c.object(m); err != nil {
		return err
	}
	return partial(m.Damaged)
}

// sumTrailer is the SHA-256 of what was sent, lower-case hex, after its end.
const sumTrailer = "Coffre-Sha256"

// announced ends in an error where fewer bytes come than were said, or no sum of them.
type announced struct {
	resp      *http.Response
	got, want int64
	tell      func(done, total int64)
}

func (m *announced) Read(b []byte) (int, error) {
	n, err := m.resp.Body.Read(b)
	m.got += int64(n)
	m.tell(m.got, m.want)
	if errors.Is(err, io.EOF) && (m.got != m.want || m.resp.Trailer.Get(sumTrailer) == "") {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// tellEvery is how often a long transfer is told of on stderr.
const tellEvery = 5 * time.Second

// teller tells how far something is, now and then.
func (c *Call) teller(key string) func(done, total int64) {
	next := time.Now().Add(tellEvery)
	return func(done, total int64) {
		if now := time.Now(); total > 0 && now.After(next) {
			next = now.Add(tellEvery)
			c.note(key, "percent", done*100/total, "done", c.Lang.Size(done), "total", c.Lang.Size(total))
		}
	}
}

type backupListed struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Way        string    `json:"way"`
	State      string    `json:"state"`
	Code       string    `json:"code,omitempty"`
	Bytes      int64     `json:"bytes"`
	SHA256     string    `json:"sha256,omitempty"`
	Size       uint64    `json:"checkpoint_size"`
	Originals  int       `json:"originals"`
	Recipients []string  `json:"recipients"`
	Damaged    int       `json:"damaged,omitempty"`
}

func runBackupList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var all struct {
			Backups []backupListed `json:"backups"`
		}
		if err := b.get(ctx, "/backups", nil, &all); err != nil {
			return err
		}
		titles := []string{"cli.backup.col-when", "cli.backup.col-state", "cli.backup.col-size", "cli.backup.col-entries"}
		return list(c, all.Backups, "cli.backup.none", titles, func(r backupListed) []string {
			return []string{c.Lang.DateTime(r.At.Local()), c.Lang.T(backupState(r.State, r.Damaged)), c.Lang.Size(r.Bytes), strconv.FormatUint(r.Size, 10)}
		})
	})
}

func backupState(state string, damaged int) string {
	switch {
	case state == store.BackupDone && damaged > 0:
		return "cli.backup.partial"
	case state == store.BackupDone:
		return "cli.backup.done"
	case state == store.BackupRunning:
		return "cli.backup.running"
	}
	return "cli.backup.failed"
}

func runBackupDrill(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var rec store.DrillRecord
		if err := b.call(ctx, http.MethodPost, "/backups/drill", nil, &rec); err != nil {
			return err
		}
		switch {
		case c.JSON:
			if err := c.object(rec); err != nil {
				return err
			}
		case rec.OK:
			c.say("cli.backup.passed", "n", rec.Size, "originals", rec.Originals, "passages", rec.Passages, "found", rec.Found, "questions", rec.Questions, "seq", rec.Seq)
		}
		switch {
		case !rec.OK:
			return store.Fail(store.Corrupt, rec.Code)
		case rec.Damaged > 0:
			return store.Fail(store.Corrupt, "drill-partial", "n", strconv.Itoa(rec.Damaged))
		}
		return nil
	})
}
