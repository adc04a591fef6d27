// Package unit writes the files with which systemd or launchd runs a box, and
// says which commands finish the work. It is pure: a Plan is a list of steps, and
// Apply does them below a root directory.
package unit

import (
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// The systems that start services.
const (
	Systemd = "systemd"
	Launchd = "launchd"
)

// Options say what is to be run, with the paths as the service will see them.
type Options struct {
	System string   // Systemd or Launchd
	Source string   // the program that is running, copied to Binary; "" copies nothing
	Binary string   // default /usr/local/bin/coffre
	Data   string   // data directory
	User   string   // the service's own account
	Listen string   // address of HTTPS
	HTTP   string   // address where HTTP leads to HTTPS, "" for none
	Write  []string // other directories that the box may write to: archive, backups
}

// ErrOption is wrapped by what Complete refuses.
var ErrOption = errors.New("not fit for a service")

// Complete fills in what is missing. Errors wrap ErrOption and name the value.
func (o Options) Complete() (Options, error) {
	defaults := map[*string]string{&o.Binary: "/usr/local/bin/coffre", &o.Listen: ":8443", &o.User: "coffre", &o.Data: "/var/lib/coffre"}
	if o.System == Launchd {
		defaults[&o.User], defaults[&o.Data] = "_coffre", "/Library/Application Support/coffre"
	}
	for to, value := range defaults {
		if *to == "" {
			*to = value
		}
	}
	if o.System != Systemd && o.System != Launchd {
		return o, refuse(o.System)
	}
	for _, path := range append([]string{o.Binary, o.Data}, o.Write...) {
		if !filepath.IsAbs(path) || filepath.Clean(path) != path || path == "/" || strings.ContainsFunc(path, odd) {
			return o, refuse(path)
		}
	}
	for _, address := range []string{o.Listen, o.HTTP} {
		if _, err := port(address); address != "" && err != nil {
			return o, refuse(address)
		}
	}
	if o.User == "root" || o.User == "" || strings.Trim(o.User, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return o, refuse(o.User)
	}
	return o, nil
}

func refuse(value string) error { return &optionError{value} }

type optionError struct{ value string }

func (e *optionError) Error() string { return strconv.Quote(e.value) + " is " + ErrOption.Error() }
func (e *optionError) Unwrap() error { return ErrOption }

// odd are characters that no path of a service needs, and that unit files give a
// meaning.
func odd(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`"'\$%;`, r) }

func port(address string) (int, error) {
	_, p, err := net.SplitHostPort(address)
	if err != nil || strings.ContainsFunc(address, odd) || strings.Contains(address, " ") {
		return 0, ErrOption
	}
	n, err := strconv.ParseUint(p, 10, 16)
	return int(n), err
}

// privileged tells whether a port below 1024 is asked for, which Linux gives to
// nobody without the capability.
func (o Options) privileged() bool {
	for _, address := range []string{o.Listen, o.HTTP} {
		if n, err := port(address); err == nil && n > 0 && n < 1024 {
			return true
		}
	}
	return false
}

func (o Options) arguments() []string {
	all := []string{o.Binary, "serve", "--data", o.Data, "--listen", o.Listen}
	if o.HTTP != "" {
		all = append(all, "--http", o.HTTP)
	}
	return all
}
