package cli

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"coffre/store"
)

var partCommands = []Command{
	{
		Name: "backup look", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.backup-look", More: "cli.more.backup-look",
		Flags: []Flag{
			identityFlag,
			{Name: "find", Value: "TEXT", Does: "cli.flag.part-find"},
			{Name: "collection", Value: "ID", Does: "cli.flag.part-look-collection"},
			exportReasonFlag,
		},
		Run: runBackupLook,
	},
	{
		Name: "backup take", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.backup-take", More: "cli.more.backup-take",
		Flags: []Flag{
			identityFlag,
			{Name: "document", Value: "ID", Does: "cli.flag.part-document", Many: true},
			{Name: "collection", Value: "ID", Does: "cli.flag.part-collection"},
			{Name: "into", Value: "ID", Does: "cli.flag.part-into"},
			{Name: "rights", Does: "cli.flag.part-rights"},
			{Name: "wait", Does: "cli.flag.wait"},
			exportReasonFlag,
		},
		Run: runBackupTake,
	},
}

// partRequest names a backup to the box, which reads it itself: what comes out of it
// never lies outside of its data directory.
func (c *Call) partRequest(command string) (map[string]any, error) {
	if !c.Has("identity") {
		return nil, usage("cli.usage.needs", "flag", "--identity", "command", command)
	}
	var text strings.Builder
	for _, path := range c.FlagAll("identity") {
		st, err := os.Stat(path)
		if err == nil && st.Size() > maxIdentity {
			return nil, store.Fail(store.Invalid, "backup-identity")
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read identity: %w", err)
		}
		text.Write(append(b, '\n'))
	}
	path, err := filepath.Abs(c.Operands[0])
	if err != nil {
		return nil, fmt.Errorf("find backup: %w", err)
	}
	return map[string]any{"path": path, "identity": text.String()}, nil
}

func runBackupLook(ctx context.Context, c *Call) error {
	in, err := c.partRequest("backup look")
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		var out store.PartContents
		if err := b.call(ctx, http.MethodPost, "/backups/look", in, &out); err != nil {
			return err
		}
		out.Documents = c.wanted(out.Documents)
		if c.JSON {
			return c.object(out)
		}
		c.say("cli.part.of", "made", out.Made.Local(), "n", out.Size)
		c.say("cli.part.firms", "names", c.Lang.List(out.Firms))
		name := map[string]string{}
		for _, one := range out.Collections {
			if name[one.ID] = one.Name; c.Flag("collection") == "" || c.Flag("collection") == one.ID {
				c.say(collectionLine(one.There), "name", clean(one.Name), "id", one.ID, "n", one.Documents)
			}
		}
		titles := []string{"cli.part.col-id", "cli.part.col-title", "cli.part.col-collection", "cli.part.col-date", "cli.part.col-now"}
		return list(c, out.Documents, "cli.part.none", titles, func(d store.PartDocument) []string {
			return []string{d.ID, clean(d.Title), clean(name[d.Collection]), c.Lang.Date(d.Added.Local()), c.Lang.T(partNow(d.State))}
		})
	})
}

func (c *Call) wanted(all []store.PartDocument) []store.PartDocument {
	find, in := strings.ToLower(c.Flag("find")), c.Flag("collection")
	out := []store.PartDocument{}
	for _, d := range all {
		if (in == "" || d.Collection == in) && strings.Contains(strings.ToLower(d.Title+" "+d.Name+" "+d.ID), find) {
			out = append(out, d)
		}
	}
	return out
}

func collectionLine(there bool) string {
	if there {
		return "cli.part.collection"
	}
	return "cli.part.collection-gone"
}

// partNow says how a document of a backup stands now.
func partNow(state string) string {
	switch state {
	case store.PartThere:
		return "cli.part.now-there"
	case store.PartNewer:
		return "cli.part.now-newer"
	case store.PartBin:
		return "cli.part.now-bin"
	case store.PartErased:
		return "cli.part.now-erased"
	}
	return "cli.part.now-gone"
}

// partDone says what became of it.
func partDone(state string) string {
	switch state {
	case store.PartThere:
		return "cli.part.done-there"
	case store.PartNewer:
		return "cli.part.done-newer"
	case store.PartBin:
		return "cli.part.done-bin"
	case store.PartErased:
		return "cli.part.done-erased"
	}
	return "cli.part.done-back"
}

func runBackupTake(ctx context.Context, c *Call) error {
	if c.Has("document") == c.Has("collection") {
		return usage("cli.part.what")
	}
	in, err := c.partRequest("backup take")
	if err != nil {
		return err
	}
	in["documents"], in["collection"], in["into"], in["rights"] = c.FlagAll("document"), c.Flag("collection"), c.Flag("into"), c.Has("rights")
	return c.with(ctx, func(b *box) error {
		var out store.Taken
		if err := b.call(ctx, http.MethodPost, "/backups/take", in, &out); err != nil {
			return err
		}
		failed, err := c.readIn(ctx, b, out.Documents)
		if err != nil {
			return err
		}
		if c.JSON {
			return c.object(out)
		}
		c.sayTaken(out)
		return failed
	})
}

// readIn waits until the texts of what came back can be searched; a box that is
// opened for this command alone wouldn't go on afterwards. failed says that one of
// them couldn't be read, though it is there.
func (c *Call) readIn(ctx context.Context, b *box, all []store.PartDocument) (failed, err error) {
	if !c.Has("wait") && !b.inProcess {
		return nil, nil
	}
	for _, d := range all {
		if d.State != store.PartBack {
			continue
		}
		r, err := c.await(ctx, b, receipt{Path: d.Name, DocumentID: d.ID, Status: statusQueued})
		if err != nil {
			return nil, err
		}
		if r.Status == statusFailed {
			c.note("cli.ingest.file-failed", "path", clean(r.Path), "sentence", r.Detail)
			failed = Fail(ExitFailed, "cli.part.unread")
		}
	}
	return failed, nil
}

func (c *Call) sayTaken(out store.Taken) {
	for _, one := range out.Remade {
		if len(one.Readers)+len(one.Writers) == 0 {
			c.say("cli.part.remade-nobody", "name", clean(one.Name), "id", one.ID)
		} else {
			c.say("cli.part.remade", "name", clean(one.Name), "id", one.ID, "n", len(one.Readers))
		}
	}
	for _, d := range out.Documents {
		c.say(partDone(d.State), "title", clean(d.Title), "name", clean(d.Name), "id", d.ID)
	}
	c.say("cli.part.taken", "seq", out.Seq, "made", out.Made.Local(), "n", out.Size)
}
