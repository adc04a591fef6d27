package unit

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// What a step does.
const (
	CopyFile = "copy"   // From to Path, mode
	PutFile  = "write"  // Text to Path, mode
	MakeDir  = "mkdir"  // Path, mode
	Remove   = "remove" // Path, a file
	Command  = "run"    // Args
)

// Step is one thing to do. Commands concern the running system and are left out
// below another root.
type Step struct {
	Do   string
	Path string
	From string
	Text string
	Mode fs.FileMode
	Args []string
	// Unless: a command that is needed only where this path, or this line's
	// beginning in /etc/passwd, is missing.
	Unless string
	// May fail without ending the plan.
	May bool
}

// Line is the step as one would type it.
func (s Step) Line() string {
	switch s.Do {
	case CopyFile:
		return fmt.Sprintf("install -m %04o %s %s", s.Mode, shell(s.From), shell(s.Path))
	case MakeDir:
		return fmt.Sprintf("install -d -m %04o %s", s.Mode, shell(s.Path))
	case PutFile:
		return fmt.Sprintf("write %s (%04o)", s.Path, s.Mode)
	case Remove:
		return "rm -f " + shell(s.Path)
	}
	out := make([]string, len(s.Args))
	for i, a := range s.Args {
		out[i] = shell(a)
	}
	return strings.Join(out, " ")
}

func shell(s string) string {
	if strings.ContainsAny(s, " ") {
		return "'" + s + "'"
	}
	return s
}

// Install is what puts the service in place and starts it.
func (o Options) Install() []Step {
	var all []Step
	if o.Source != "" && o.Source != o.Binary {
		all = append(all, Step{Do: MakeDir, Path: filepath.Dir(o.Binary), Mode: 0o755}, Step{Do: CopyFile, From: o.Source, Path: o.Binary, Mode: 0o755})
	}
	if o.System == Launchd {
		return append(all,
			Step{Do: Command, Unless: o.User, Args: []string{"sysadminctl", "-addUser", o.User, "-roleAccount", "-fullName", "coffre", "-UID", "399", "-home", o.Data, "-shell", "/usr/bin/false"}},
			Step{Do: MakeDir, Path: o.Data, Mode: 0o700}, Step{Do: MakeDir, Path: logDir, Mode: 0o750},
			Step{Do: Command, Args: []string{"chown", "-R", o.User, o.Data, logDir}},
			Step{Do: PutFile, Path: PlistPath, Text: o.Plist(), Mode: 0o644},
			Step{Do: Command, Args: []string{"launchctl", "bootout", "system/coffre"}, May: true},
			Step{Do: Command, Args: []string{"launchctl", "bootstrap", "system", PlistPath}})
	}
	all = append(all, Step{Do: Command, Unless: o.User, Args: []string{"useradd", "--system", "--user-group", "--home-dir", o.Data, "--no-create-home", "--shell", "/usr/sbin/nologin", o.User}})
	if o.Data != "/var/lib/coffre" {
		all = append(all, Step{Do: MakeDir, Path: o.Data, Mode: 0o700})
	}
	all = append(all, Step{Do: PutFile, Path: UnitPath, Text: o.Unit(), Mode: 0o644})
	if o.Data != "/var/lib/coffre" {
		all = append(all, Step{Do: Command, Args: []string{"chown", "-R", o.User + ":" + o.User, o.Data}})
	}
	return append(all, Step{Do: Command, Args: []string{"systemctl", "daemon-reload"}}, Step{Do: Command, Args: []string{"systemctl", "enable", "coffre.service"}}, Step{Do: Command, Args: []string{"systemctl", "restart", "coffre.service"}})
}

// Uninstall is what stops the service and takes its file away. Program, account
// and data stay.
func (o Options) Uninstall() []Step {
	if o.System == Launchd {
		return []Step{{Do: Command, Args: []string{"launchctl", "bootout", "system/coffre"}, May: true}, {Do: Remove, Path: PlistPath}}
	}
	return []Step{
		{Do: Command, Args: []string{"systemctl", "disable", "--now", "coffre.service"}, May: true},
		{Do: Remove, Path: UnitPath},
		{Do: Command, Args: []string{"systemctl", "daemon-reload"}},
	}
}

// File is the path and the text that the service has once installed.
func (o Options) File() (path, text string) {
	if o.System == Launchd {
		return PlistPath, o.Plist()
	}
	return UnitPath, o.Unit()
}

// Apply does steps below root, "/" being the running system: run is called for
// each command there, and never below another root. Errors name the step.
func Apply(steps []Step, root string, run func(Step) error) error {
	live := filepath.Clean(root) == "/"
	for _, s := range steps {
		path := filepath.Join(root, s.Path)
		var err error
		switch s.Do {
		case MakeDir:
			err = os.MkdirAll(path, s.Mode)
		case CopyFile:
			err = copyFile(s.From, path, s.Mode)
		case PutFile:
			err = replace(path, strings.NewReader(s.Text), s.Mode)
		case Remove:
			if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		case Command:
			if live {
				err = run(s)
			}
		}
		if err != nil && !s.May {
			return fmt.Errorf("%s: %w", s.Line(), err)
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("open program: %w", err)
	}
	defer f.Close()
	return replace(to, f, mode)
}

// replace puts a file in place whole: a program that runs can't be written to,
// but another can take its name.
func replace(path string, r io.Reader, mode fs.FileMode) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".coffre-*")
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}
